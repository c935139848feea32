package io.taskweave.engine.training;

import static org.assertj.core.api.Assertions.assertThat;

import com.intel.analytics.bigdl.dllib.visualization.tensorboard.FileReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TensorBoardTest {
  @TempDir Path folder;

  @Test
  void whatTrainingReportsCanBeReadBack() throws Exception {
    Path board = folder.resolve("tensorboard");
    Files.createDirectories(board);
    Files.createFile(board.resolve("bigdl.tfevents.old"));
    List<TrainingListener.Step> steps = new ArrayList<>();
    List<TrainingListener.Epoch> epochs = new ArrayList<>();
    TrainingListener heard =
        new TrainingListener() {
          @Override
          public void step(Step step) {
            steps.add(step);
          }

          @Override
          public void epoch(Epoch epoch) {
            epochs.add(epoch);
          }
        };
    try (TensorBoard tensorBoard = new TensorBoard(board, 5)) {
      TinyTraining.trainer()
          .train(
              TinyTraining.plan(),
              TinyTraining.data(),
              new org.apache.hadoop.fs.Path(folder.toUri()),
              false,
              heard.and(tensorBoard));
    }
    assertThat(board.resolve("bigdl.tfevents.old")).doesNotExist();
    List<TrainingListener.Step> fifth =
        steps.stream().filter(step -> step.step() % 5 == 0).toList();
    assertThat(fifth).hasSizeGreaterThan(3);
    assertThat(points(board, "train", "loss/like"))
        .isEqualTo(fifth.stream().map(s -> point(s.step(), s.lossByTask().get("like"))).toList());
    assertThat(points(board, "train", "learning_rate"))
        .isEqualTo(fifth.stream().map(s -> point(s.step(), s.learningRate())).toList());
    assertThat(points(board, "train", "samples_per_second"))
        .isEqualTo(fifth.stream().map(s -> point(s.step(), s.samplesPerSecond())).toList());
    assertThat(epochs).hasSize(2);
    assertThat(points(board, "validation", "auc/click"))
        .isEqualTo(
            epochs.stream()
                .map(e -> point(e.step(), e.validationAucByTask().get("click")))
                .toList());
    assertThat(points(board, "validation", "auc/mean"))
        .isEqualTo(epochs.stream().map(e -> point(e.step(), e.meanAuc())).toList());
  }

  private static String point(long step, double value) {
    return step + " " + (float) value;
  }

  private static List<String> points(Path board, String part, String tag) {
    return Arrays.stream(FileReader.readScalar(board.resolve(part).toString(), tag))
        .map(point -> point._1() + " " + point._2())
        .toList();
  }
}
