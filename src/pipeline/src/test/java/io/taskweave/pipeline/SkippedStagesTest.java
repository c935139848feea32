package io.taskweave.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.taskweave.pipeline.feature.FieldPlan;
import io.taskweave.pipeline.group.GroupPlan;
import io.taskweave.pipeline.importing.DuplicateRule;
import io.taskweave.pipeline.split.SplitRule;
import io.taskweave.pipeline.validate.ValidationPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SkippedStagesTest {
  @TempDir Path folder;

  @Test
  void aChangedKeyRerunsExactlyWhatDependsOnIt() throws IOException {
    TinyPipeline pipeline = new TinyPipeline(folder);
    pipeline.write(
        "raw.csv", TinyPipeline.HEADER + TinyPipeline.ROWS + "1,7,1704067200000,1.5,1,0\n");
    pipeline.validation = Optional.of(ValidationPlan.Mode.FAIL);
    List<String> all = List.of("import", "validate", "split", "features", "groups");
    assertThat(pipeline.run()).isEqualTo(all);
    assertThat(pipeline.run()).isEmpty();

    pipeline.groups =
        new GroupPlan(
            List.of("click", "like"), 2.5, false, GroupPlan.Method.LOG_RATIO, List.of(2.0));
    assertThat(pipeline.run()).containsExactly("groups");
    pipeline.fields = List.of(FieldPlan.categorical("item").minimumCount(2).build());
    assertThat(pipeline.run()).containsExactly("features", "groups");
    pipeline.split = new SplitRule.ByTime(1704153600000L, 1704240000000L);
    assertThat(pipeline.run()).containsExactly("split", "features", "groups");
    pipeline.validation = Optional.of(ValidationPlan.Mode.WARN);
    // The samples come out the same, so the groups stand.
    assertThat(pipeline.run()).containsExactly("validate", "features");
    // The same rows in a file of another time: the log is the same, so what follows holds.
    Files.setLastModifiedTime(pipeline.log, FileTime.fromMillis(1));
    assertThat(pipeline.run()).containsExactly("import");
    pipeline.duplicates = new DuplicateRule.ExactRows();
    assertThat(pipeline.run()).isEqualTo(all);
    assertThat(pipeline.run()).isEmpty();
  }
}
