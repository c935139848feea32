package io.taskweave.bench;

import io.taskweave.core.model.EmbeddingSpec;
import io.taskweave.core.model.GateInput;
import io.taskweave.core.model.StemNetSpec;
import io.taskweave.core.sample.Field;
import io.taskweave.core.sample.SampleLayout;
import java.util.ArrayList;
import java.util.List;

/** STEM-Net as its authors configured it for TikTok, over synthetic ids. */
final class TikTokShape {
  static final List<String> FIELDS =
      List.of("user", "item", "author", "city", "channel", "music", "device", "duration");
  static final List<Integer> VOCABULARIES =
      List.of(70_000, 300_000, 150_000, 450, 6, 30_000, 70_000, 500);
  static final List<String> TASKS = List.of("finish", "like");
  static final int BATCH = 4096;
  static final StemNetSpec MODEL =
      new StemNetSpec(
          new EmbeddingSpec(16, 1e-4),
          1,
          8,
          1,
          List.of(512, 512, 512),
          List.of(128, 64),
          List.of(128, 64),
          0,
          GateInput.OWN_PLUS_SHARED,
          false);

  private TikTokShape() {}

  static SampleLayout layout() {
    List<Field> fields = new ArrayList<>();
    for (int f = 0; f < FIELDS.size(); f++) {
      fields.add(Field.categorical(FIELDS.get(f), VOCABULARIES.get(f)));
    }
    return new SampleLayout(fields, TASKS);
  }
}
