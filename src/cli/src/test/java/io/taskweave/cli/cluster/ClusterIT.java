package io.taskweave.cli.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The job jar on a real cluster of two executors. */
@Tag("cluster")
class ClusterIT {
  @TempDir Path folder;

  @Test
  void executorsMultiplyToTheSameBitsAtEveryAlignmentAsTheDriver() throws Exception {
    try (StandaloneCluster cluster = StandaloneCluster.start(folder)) {
      Path log = folder.resolve("submit.log");
      List<String> command =
          List.of(
              cluster.home().resolve("bin/spark-submit").toString(),
              "--master",
              cluster.url(),
              "--properties-file",
              Path.of("../../conf/spark-defaults.conf").toRealPath().toString(),
              "--conf",
              "spark.executor.cores=1",
              "--conf",
              "spark.cores.max=2",
              "--executor-memory",
              "512m",
              "--jars",
              jobJar().toString(),
              "--class",
              ExecutorProbe.class.getName(),
              probeJar().toString());
      int code = cluster.process(command, log).start().waitFor();
      String output = Files.readString(log);
      assertThat(code).as(output).isZero();

      List<String[]> answers =
          output
              .lines()
              .filter(line -> line.startsWith("executor "))
              .map(line -> line.split(" ", -1))
              .toList();
      assertThat(answers).as(output).hasSize(2);
      Set<String> executors = answers.stream().map(line -> line[1]).collect(Collectors.toSet());
      assertThat(executors).hasSize(2).doesNotContain("driver");
      String[] here = ExecutorProbe.product().split(" ", -1);
      assertThat(here[0]).isEqualTo(here[1]);
      for (String[] answer : answers) {
        assertThat(answer[2]).isEqualTo(here[0]);
        assertThat(answer[3]).isEqualTo(here[0]);
      }
    }
  }

  private static Path jobJar() throws Exception {
    try (Stream<Path> files = Files.list(Path.of("target/distribution").toRealPath())) {
      return files
          .filter(file -> file.getFileName().toString().endsWith("-job.jar"))
          .findFirst()
          .orElseThrow();
    }
  }

  private Path probeJar() throws Exception {
    Path jar = folder.resolve("probe.jar");
    String entry = ExecutorProbe.class.getName().replace('.', '/') + ".class";
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream content = new JarOutputStream(file)) {
      content.putNextEntry(new JarEntry(entry));
      content.write(Files.readAllBytes(Path.of("target/test-classes", entry)));
      content.closeEntry();
    }
    return jar;
  }
}
