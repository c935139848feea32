package io.taskweave.cli.command;

import io.taskweave.core.error.OutputConflictException;
import io.taskweave.engine.training.TrainingListener;
import io.taskweave.pipeline.dataset.DirectoryLock;
import java.io.IOException;
import java.time.Duration;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * One training a run folder. A second one on the same host is refused. One on another host takes
 * over, as it does where the first has died with its host; where it has not, the first ends before
 * it writes another checkpoint.
 */
final class RunClaim implements TrainingListener, AutoCloseable {
  private static final long INTERVAL = Duration.ofSeconds(10).toNanos();

  private final DirectoryLock lock;
  private long verified = System.nanoTime();

  /**
   * @throws OutputConflictException if another process of this host trains the run, or the folder
   *     is not writable
   */
  RunClaim(Path folder, Configuration hadoop) {
    this.lock = DirectoryLock.takeOver(folder, hadoop, UUID.randomUUID().toString());
  }

  @Override
  public void start(Start start) {
    verify();
  }

  @Override
  public void step(Step step) {
    if (System.nanoTime() - verified > INTERVAL) {
      verify();
    }
  }

  @Override
  public void epoch(Epoch epoch) {
    verify();
  }

  private void verify() {
    try {
      lock.verifyHeld();
      verified = System.nanoTime();
    } catch (IOException failure) {
      throw new OutputConflictException(
          "Cannot go on training: its lock is not readable ("
              + failure.getMessage()
              + "), resume once its folder is",
          failure);
    }
  }

  /** Whether what is said of the run is still for this training to say. */
  boolean holds() {
    try {
      lock.verifyHeld();
      return true;
    } catch (IOException | OutputConflictException lost) {
      return false;
    }
  }

  @Override
  public void close() {
    lock.close();
  }
}
