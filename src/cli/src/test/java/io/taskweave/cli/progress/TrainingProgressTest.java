package io.taskweave.cli.progress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.taskweave.core.error.OutputConflictException;
import io.taskweave.engine.training.TrainingListener;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainingProgressTest {
  @TempDir Path folder;

  private static SortedMap<String, Double> byTask(double click, double like) {
    SortedMap<String, Double> values = new TreeMap<>();
    values.put("click", click);
    values.put("like", like);
    return values;
  }

  /** What a progress shows that hears of a training. */
  private String shown(boolean resume, Consumer<TrainingProgress> training) throws Exception {
    StringWriter text = new StringWriter();
    try (EventFile events =
            new EventFile(
                new org.apache.hadoop.fs.Path(file().toUri()), resume, new Configuration());
        TrainingProgress progress =
            new TrainingProgress(events, new PrintWriter(text), false, Duration.ZERO, 1)) {
      training.accept(progress);
    }
    return text.toString();
  }

  /** Two steps an epoch, each of them an event. */
  private String train(boolean resume, long from, long to) throws Exception {
    return shown(
        resume,
        progress -> {
          progress.start(
              new TrainingListener.Start(
                  300, 100, 1_000_000, 400_000, "adam per task", 2, 2, 40, from));
          for (long step = from + 1; step <= to; step++) {
            int epoch = (int) ((step + 1) / 2);
            progress.step(
                new TrainingListener.Step(step, 2, epoch, 1e-3, 12_345.6, byTask(0.5, 0.25)));
            if (step % 2 == 0) {
              progress.epoch(
                  new TrainingListener.Epoch(
                      epoch,
                      step,
                      1e-3,
                      byTask(0.5, 0.25),
                      byTask(0.75, 0.5),
                      byTask(0.6, 0.3),
                      0.625,
                      true,
                      2.5));
            }
          }
        });
  }

  private Path file() {
    return folder.resolve("events.jsonl");
  }

  private List<String> kinds() throws Exception {
    return Files.readAllLines(file()).stream()
        .map(line -> line.replaceAll("\\{\"event\":\"(\\w+)\".*", "$1"))
        .toList();
  }

  @Test
  void showsRateAndLossOfEachTask() throws Exception {
    assertThat(train(false, 0, 2))
        .contains("training on 300 samples of 40 bytes, 1,000,000 parameters, 2 steps an epoch")
        .contains("epoch 1 step 1/2 12,346 samples/s click 0.5000 like 0.2500")
        .contains("epoch 1  2.5 s  rate 1e-03  loss click 0.5000 like 0.2500")
        .contains("validation AUC click 0.7500 like 0.5000  best");
    assertThat(kinds()).containsExactly("start", "step", "step", "epoch");
  }

  @ParameterizedTest
  @CsvSource({"150, 100, false", "151, 100, true", "3, 2, false", "1, 1, false"})
  void saysWhenStreamsAreFarFromEquallyLong(int steps, long evenSteps, boolean said)
      throws Exception {
    String text =
        shown(
            false,
            progress ->
                progress.start(
                    new TrainingListener.Start(
                        300, 100, 1000, 0, "adam", steps, evenSteps, 40, 0)));
    assertThat(text.contains("streams are uneven: " + evenSteps + " steps would do"))
        .isEqualTo(said);
    assertThat(file()).content().contains("\"even_steps_per_epoch\":" + evenSteps);
  }

  @Test
  void aResumedTrainingHasEachStepOnce() throws Exception {
    train(false, 0, 3);
    // Killed while it wrote.
    Files.writeString(file(), "{\"event\":\"step\",\"ste", StandardOpenOption.APPEND);
    Files.deleteIfExists(folder.resolve(".events.jsonl.crc"));
    assertThat(train(true, 2, 4)).contains("going on after step 2");
    assertThat(kinds())
        .containsExactly("start", "step", "step", "epoch", "start", "step", "step", "epoch");
    assertThat(Files.readString(file())).containsOnlyOnce("\"step\":3,");
  }

  /** As if the process were killed there: the rewritten lines never reach the file's name. */
  @Test
  void eventsStayUntilAllOfThemAreWrittenAnew() throws Exception {
    train(false, 0, 2);
    Files.createDirectories(folder.resolve("_events.jsonl"));
    assertThatThrownBy(() -> train(true, 2, 4)).isInstanceOf(OutputConflictException.class);
    assertThat(kinds()).containsExactly("start", "step", "step", "epoch");
  }

  @Test
  void anEventIsInTheFileBeforeTheNext() throws Exception {
    try (EventFile events =
        new EventFile(new org.apache.hadoop.fs.Path(file().toUri()), false, new Configuration())) {
      events.write(Map.of("event", "only"));
      assertThat(kinds()).containsExactly("only");
    }
  }

  @Test
  void dominanceOfNothingHasNoFigures() throws Exception {
    double none = Double.NaN;
    TrainingListener.TaskShare of =
        new TrainingListener.TaskShare("like", none, none, none, none, none, List.of(0L, 0L));
    shown(
        false,
        progress ->
            progress.dominance(
                new TrainingListener.Dominance(1, 2, 9, "experts/shared/linear0", 0, List.of(of))));
    assertThat(file())
        .hasContent(
            "{\"event\":\"dominance\",\"epoch\":1,\"step\":2,\"measured_steps\":9,"
                + "\"parameter\":\"experts/shared/linear0\",\"elements\":0,"
                + "\"by_task\":{\"like\":{\"histogram\":[0,0]}}}");
  }

  @Test
  void rowsThatComeAndGoAreCounted() throws Exception {
    SortedMap<String, TrainingListener.RowCounts> byTable = new TreeMap<>();
    byTable.put("item", new TrainingListener.RowCounts(1000, 20, 3));
    byTable.put("user", new TrainingListener.RowCounts(500, 5, 1));
    assertThat(shown(false, progress -> progress.rows(new TrainingListener.Rows(9, byTable))))
        .contains("rows of tables: 1,500 held, 25 ids wait for one, 4 have left");
    assertThat(file())
        .hasContent(
            "{\"event\":\"rows\",\"step\":9,\"by_table\":{"
                + "\"item\":{\"held\":1000,\"waiting\":20,\"evicted\":3},"
                + "\"user\":{\"held\":500,\"waiting\":5,\"evicted\":1}}}");
  }

  @Test
  void aTrainingAnewForgetsTheEventsBefore() throws Exception {
    train(false, 0, 4);
    train(false, 0, 2);
    assertThat(kinds()).containsExactly("start", "step", "step", "epoch");
  }
}
