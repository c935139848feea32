package io.taskweave.engine.training;

import com.intel.analytics.bigdl.dllib.visualization.Summary;
import com.intel.analytics.bigdl.dllib.visualization.tensorboard.EventWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.tensorflow.util.Event;

/**
 * Writes event files that TensorBoard draws: losses by task, samples a second and learning rate
 * every few steps, validation by task every epoch. For local folders only, as BigDL's writer of
 * events is.
 *
 * <p>A resumed training adds files. Steps that the earlier one trained beyond its last checkpoint
 * stand in both, with the same losses.
 */
public final class TensorBoard implements TrainingListener, AutoCloseable {
  private static final int POLL_MILLIS = 100;

  private final Path folder;
  private final int every;
  private Events train;
  private Events validation;

  /**
   * @param folder receives {@code train} and {@code validation}
   * @param every steps between two points
   */
  public TensorBoard(Path folder, int every) {
    this.folder = folder;
    this.every = every;
  }

  @Override
  public void start(Start start) {
    try {
      if (start.stepsDone() == 0) {
        clear();
      }
      train = new Events(folder.resolve("train"));
      validation = new Events(folder.resolve("validation"));
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write events to " + folder, e);
    }
  }

  @Override
  public void step(Step step) {
    if (step.step() % every == 0) {
      step.lossByTask().forEach((task, loss) -> train.add("loss/" + task, loss, step.step()));
      train.add("samples_per_second", step.samplesPerSecond(), step.step());
      train.add("learning_rate", step.learningRate(), step.step());
    }
  }

  @Override
  public void epoch(Epoch epoch) {
    long step = epoch.step();
    epoch.trainLossByTask().forEach((task, loss) -> train.add("epoch_loss/" + task, loss, step));
    epoch.validationAucByTask().forEach((task, auc) -> validation.add("auc/" + task, auc, step));
    epoch
        .validationLogLossByTask()
        .forEach((task, loss) -> validation.add("log_loss/" + task, loss, step));
    validation.add("auc/mean", epoch.meanAuc(), step);
  }

  /** Returns when all events are in their files. */
  @Override
  public void close() {
    if (train != null) {
      train.close();
      validation.close();
    }
  }

  private void clear() throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  /** One file, and the thread that writes it. */
  private static final class Events {
    private final EventWriter writer;
    private final Thread thread;

    Events(Path folder) throws IOException {
      Files.createDirectories(folder);
      writer =
          new EventWriter(
              folder.toString(), POLL_MILLIS, FileSystem.getLocal(new Configuration(false)));
      thread = new Thread(writer, "taskweave-tensorboard");
      thread.setDaemon(true);
      thread.start();
    }

    void add(String tag, double value, long step) {
      writer.addEvent(
          Event.newBuilder()
              .setSummary(Summary.scalar(tag, (float) value))
              .setWallTime(System.currentTimeMillis() / 1e3)
              .setStep(step)
              .build());
    }

    void close() {
      writer.close();
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
