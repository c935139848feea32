package io.taskweave.engine.example;

import static org.assertj.core.api.Assertions.assertThat;

import io.taskweave.engine.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;

class TwoTaskProgramTest {
  /** Moments, rates and cuts that are wrong by little would show as far larger distances. */
  @Test
  void aPlainBigDlProgramTrainsAsTheFormulaSays() {
    TwoTaskProgram.Distances distances =
        TwoTaskProgram.run(JavaSparkContext.fromSparkContext(LocalSpark.session().sparkContext()));
    assertThat(distances.movement()).isGreaterThan(1);
    assertThat(distances.engine()).isLessThanOrEqualTo(2 * distances.control());
    assertThat(distances.control()).isLessThan(1e-4);
  }

  @Test
  void theReadmeQuotesTheProgramThatRuns() throws IOException {
    String readme = Files.readString(Path.of("../../README.md"));
    String section = readme.substring(readme.indexOf("## AdaTask in a BigDL program"));
    Matcher blocks =
        Pattern.compile("(?s)```java\\n(.*?)```")
            .matcher(section.substring(0, section.indexOf("\n## ", 1)));
    String program =
        Files.readString(Path.of("src/test/java/io/taskweave/engine/example/TwoTaskProgram.java"))
            .replaceAll("\\s+", "");
    int quoted = 0;
    while (blocks.find()) {
      for (String line : blocks.group(1).lines().toList()) {
        if (!line.strip().startsWith("//")) {
          assertThat(program).contains(line.replaceAll("\\s+", ""));
          quoted++;
        }
      }
    }
    assertThat(quoted).isGreaterThan(8);
  }
}
