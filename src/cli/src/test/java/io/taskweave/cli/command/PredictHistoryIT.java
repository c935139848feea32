package io.taskweave.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.taskweave.cli.demo.SyntheticVisits;
import io.taskweave.pipeline.dataset.DataSet;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A new day with logs of its own of what users did before: visits, which the run reads from another
 * log, and impressions, which are the run's own log.
 */
class PredictHistoryIT {
  private static final int IMPRESSIONS = 3000;
  private static final int TIME = 4;
  private static final int TIME_OF_VISIT = 2;
  private static final long NEW_DAY = Instant.parse("2026-01-14T00:00:00Z").toEpochMilli();
  private static final String HEADER = "impression_id,user_id,item_id,topic,time\n";

  @TempDir static Path folder;

  private static String run;
  private static Map<String, Float> expected;

  @BeforeAll
  static void trainOnAllDays() throws IOException {
    new SyntheticVisits(IMPRESSIONS, 7).writeCsv(folder.resolve("raw"));
    String histories =
        """
        history.sequences = [
          {
            name = visits
            length = 8
            attributes = [{ name = topic, field = topic }]
            sources = [
              {
                kind = visits
                path = "%s"
                time-column = time_ms
                columns = [{ name = time_ms, type = long }]
              }
            ]
          }
          { name = own, length = 4, attributes = [{ name = topic, field = topic }] }
        ]
        """
            .formatted(folder.resolve("raw/visits.csv"));
    Path further = Files.writeString(folder.resolve("histories.conf"), histories);
    execute(
        0,
        "run",
        "conf/demo-visits.conf",
        "--conf-file",
        further.toString(),
        "--workspace",
        folder.toString(),
        "--set",
        "training.max-epochs=1",
        "--set",
        "evaluate.bootstrap.replicates=0");
    run = folder.resolve("runs/tin").toString();
    expected = scores(Path.of(run, "predictions/split=test"));
    assertThat(expected).hasSizeGreaterThan(200);
  }

  @Test
  void aNewDayGetsTheScoresThatItHadWithinTheRun() throws IOException {
    Path visits = Files.copy(folder.resolve("raw/visits.csv"), folder.resolve("same-visits.csv"));
    assertScores(predict("same", log("same-log", true), visits));
  }

  @Test
  void whatUsersDoLaterChangesNothing() throws IOException {
    String later = "," + (Instant.parse("2026-01-15T00:00:00Z").toEpochMilli() + 1) + "\n";
    Path visits = Files.copy(folder.resolve("raw/visits.csv"), folder.resolve("later-visits.csv"));
    Path log = log("later-log", true);
    for (int user = 0; user < IMPRESSIONS / 60; user++) {
      append(visits, "u" + user + ",t1" + later);
      append(log, "1,u" + user + ",i1,t1" + later);
    }
    assertScores(predict("later", log, visits));
  }

  @Test
  void whatUsersDidOnTheDayCounts() throws IOException {
    Path visits = folder.resolve("old-visits.csv");
    Files.write(visits, before(folder.resolve("raw/visits.csv"), TIME_OF_VISIT));
    assertDiffer(predict("old", log("new-log", true), visits));
    assertDiffer(predict("short", log("old-log", false), folder.resolve("raw/visits.csv")));
  }

  @Test
  void whatCannotBeAHistoryIsRefused() throws IOException {
    Path day = day("refused");
    String log = log("refused-log", true).toString();
    assertThat(predict(2, "a", day, "--history", "visits=" + folder.resolve("raw/visits.csv")))
        .contains("nothing takes the place of the run's own log ([log])");
    assertThat(predict(2, "b", day, "--history", log, "--history", "clicks=" + log))
        .contains("no source is left for it (clicks=", "write one of [visits] before it");
    Path untimed = folder.resolve("untimed.csv");
    Files.writeString(untimed, HEADER + "1,u1,i1,t1,\n2,u1,i1,t1,1768348800000\n");
    assertThat(predict(3, "c", untimed, "--history", log))
        .contains("1 rows have no time, give the table a column time of milliseconds since 1970");
    Path words = Files.writeString(folder.resolve("words.csv"), HEADER + "1,u1,i1,t1,noon\n");
    assertThat(predict(3, "d", words, "--history", log)).contains("noon");
    Path seconds =
        Files.writeString(folder.resolve("seconds.csv"), HEADER + "1,u1,i1,t1,1768348800\n");
    assertThat(predict(3, "e", day, "--history", seconds.toString()))
        .contains("a time that looks like seconds, not milliseconds");
    assertThat(predict(3, "f", seconds))
        .contains("1 rows have a time that looks like seconds, not milliseconds");
  }

  private static Map<String, Float> predict(String name, Path log, Path visits) throws IOException {
    predict(0, name, day(name), "--history", log.toString(), "--history", "visits=" + visits);
    return scores(folder.resolve("scores-" + name));
  }

  private static String predict(int code, String name, Path day, String... histories) {
    List<String> arguments =
        new ArrayList<>(
            List.of("predict", run, "--input", day.toString(), "--format", "csv", "--output"));
    arguments.add(folder.resolve("scores-" + name).toString());
    arguments.addAll(List.of(histories));
    return execute(code, arguments.toArray(String[]::new));
  }

  private static void assertScores(Map<String, Float> scores) {
    assertThat(scores.keySet()).isEqualTo(expected.keySet());
    // Rows stand in other blocks, whose products add in another order at the edges.
    scores.forEach(
        (key, score) -> assertThat(score).as(key).isEqualTo(expected.get(key), within(1e-6f)));
  }

  private static void assertDiffer(Map<String, Float> scores) {
    assertThat(scores.keySet()).isEqualTo(expected.keySet());
    long differing =
        scores.entrySet().stream()
            .filter(score -> Math.abs(score.getValue() - expected.get(score.getKey())) > 1e-5)
            .count();
    assertThat(differing).isGreaterThan(expected.size() / 2);
  }

  /** The impressions of the new day. */
  private static Path day(String name) throws IOException {
    List<String> rows = impressions();
    rows.removeAll(
        before(folder.resolve("raw/impressions.csv"), TIME).stream()
            .map(PredictHistoryIT::unlabelled)
            .toList());
    return Files.writeString(folder.resolve("day-" + name), HEADER + lines(rows));
  }

  /** The impressions of all days, or of those before. */
  private static Path log(String name, boolean withDay) throws IOException {
    List<String> rows =
        withDay
            ? impressions()
            : before(folder.resolve("raw/impressions.csv"), TIME).stream()
                .skip(1)
                .map(PredictHistoryIT::unlabelled)
                .toList();
    return Files.writeString(folder.resolve(name), HEADER + lines(rows));
  }

  private static List<String> impressions() throws IOException {
    try (Stream<String> rows = Files.lines(folder.resolve("raw/impressions.csv"))) {
      return new ArrayList<>(rows.skip(1).map(PredictHistoryIT::unlabelled).toList());
    }
  }

  private static String lines(List<String> rows) {
    return String.join("\n", rows) + "\n";
  }

  private static String unlabelled(String row) {
    return row.substring(0, row.lastIndexOf(','));
  }

  /** The header and the rows before the new day. */
  private static List<String> before(Path file, int timeColumn) throws IOException {
    List<String> lines = Files.readAllLines(file);
    return lines.stream()
        .filter(
            line ->
                line.equals(lines.get(0))
                    || Long.parseLong(line.split(",", -1)[timeColumn]) < NEW_DAY)
        .toList();
  }

  private static void append(Path file, String text) throws IOException {
    Files.writeString(file, text, java.nio.file.StandardOpenOption.APPEND);
  }

  private static SortedMap<String, Float> scores(Path dataSet) {
    try (SparkSession spark = SparkSession.builder().master("local[2]").getOrCreate()) {
      SortedMap<String, Float> scores = new TreeMap<>();
      DataSet.open(new org.apache.hadoop.fs.Path(dataSet.toString()), new Configuration())
          .rows(spark)
          .selectExpr("concat(user, ' ', item, ' ', time)", "score_resume")
          .collectAsList()
          .forEach(row -> scores.put(row.getString(0), row.getFloat(1)));
      return scores;
    }
  }

  /** Runs a command to the expected exit code and returns what it says about errors. */
  private static String execute(int code, String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int found =
        TaskweaveCommand.commandLine()
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(arguments);
    assertThat(found).as(out + "\n" + err).isEqualTo(code);
    return err.toString();
  }
}
