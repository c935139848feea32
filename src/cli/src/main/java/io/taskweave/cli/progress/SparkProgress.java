package io.taskweave.cli.progress;

import io.taskweave.core.progress.Progress;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.SparkSession;

/**
 * Shows how far a stage of the pipeline is by the Spark tasks that it has finished: a bar on a
 * terminal, a line now and then elsewhere. Their total is that of the Spark stages submitted so
 * far, since Spark plans the later ones only when their turn comes.
 */
public final class SparkProgress extends SparkListener implements Progress, AutoCloseable {
  private final String stage;
  private final SparkSession spark;
  private final PrintWriter out;
  private final long interval;
  private final ProgressBar bar;
  private String work = "";
  private long done;
  private long submitted;
  private long lastLine = System.nanoTime();

  /**
   * Listens until it is closed.
   *
   * @param stage name of the pipeline's stage
   * @param interval between two lines where there is no terminal
   */
  public SparkProgress(
      String stage, SparkSession spark, PrintWriter out, boolean terminal, Duration interval) {
    this.stage = stage;
    this.spark = spark;
    this.out = out;
    this.interval = interval.toNanos();
    this.bar =
        terminal
            ? new ProgressBarBuilder()
                .setTaskName(stage)
                .setUnit(" tasks", 1)
                .setInitialMax(1)
                .setStyle(ProgressBarStyle.ASCII)
                .clearDisplayOnFinish()
                .build()
            : null;
    spark.sparkContext().addSparkListener(this);
  }

  @Override
  public synchronized void update(String what, long finished, long total) {
    work = what;
    show();
  }

  @Override
  public synchronized void onStageSubmitted(SparkListenerStageSubmitted event) {
    submitted += event.stageInfo().numTasks();
    show();
  }

  @Override
  public synchronized void onTaskEnd(SparkListenerTaskEnd event) {
    done++;
    show();
  }

  private void show() {
    if (bar != null) {
      bar.maxHint(Math.max(1, submitted));
      bar.setExtraMessage(work);
      bar.stepTo(done);
    } else if (System.nanoTime() - lastLine >= interval) {
      lastLine = System.nanoTime();
      out.println(
          String.format(
              Locale.ROOT, "%-10s %s: %d of %d Spark tasks", stage, work, done, submitted));
      out.flush();
    }
  }

  @Override
  public void close() {
    spark.sparkContext().removeSparkListener(this);
    if (bar != null) {
      bar.close();
    }
  }
}
