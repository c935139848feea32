package io.taskweave.pipeline.dataset;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;

/** Writes one text a day, without Spark. */
class FakeStage implements Stage {
  private final Path output;
  private final SortedMap<String, String> textByDay;
  private final Set<String> replaced;

  FakeStage(Path output, Map<String, String> textByDay) {
    this(output, textByDay, Set.of());
  }

  /**
   * @param replaced the days that a run replaces; empty for all
   */
  FakeStage(Path output, Map<String, String> textByDay, Set<String> replaced) {
    this.output = output;
    this.textByDay = new TreeMap<>(textByDay);
    this.replaced = replaced;
  }

  /** The texts of a published data set by day. */
  static SortedMap<String, String> read(DataSet published) throws IOException {
    TreeMap<String, String> texts = new TreeMap<>();
    for (DataFile file : published.manifest().files()) {
      Path path = new Path(published.path(), file.path());
      try (var stream = path.getFileSystem(DataSet.activeConfiguration()).open(path)) {
        texts.put(file.partition(), new String(stream.readAllBytes(), StandardCharsets.UTF_8));
      }
    }
    return texts;
  }

  @Override
  public String name() {
    return "fake";
  }

  @Override
  public Path output() {
    return output;
  }

  @Override
  public List<Path> inputs() {
    return List.of();
  }

  @Override
  public SortedMap<String, String> settings() {
    return new TreeMap<>(Map.of("texts", textByDay.toString()));
  }

  /** Called at {@code start}, after each file and at {@code end}. */
  void pause(String moment) {}

  @Override
  public StageResult run(StageContext context) {
    pause("start");
    TreeMap<String, PartitionContent> content = new TreeMap<>();
    textByDay.forEach(
        (day, text) -> {
          context.writeText("dt=" + day + "/text", text);
          pause("written " + day);
          content.put(day, new PartitionContent(1, Fingerprint.ofText(text).substring(0, 16)));
        });
    pause("end");
    return new StageResult("", content, JsonNodeFactory.instance.objectNode(), replaced);
  }
}
