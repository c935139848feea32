package io.taskweave.cli.command;

import java.util.concurrent.atomic.AtomicReference;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerApplicationStart;
import org.apache.spark.scheduler.SparkListenerJobStart;

/** Stops Spark in the midst of a job, as a lost master does. */
public final class StoppingSpark extends SparkListener {
  private record Plan(String application, int job) {}

  private static final AtomicReference<Plan> NEXT = new AtomicReference<>();

  private String application;

  /**
   * Stops once.
   *
   * @param application name of the Spark application
   * @param job its number, from 0
   */
  static void once(String application, int job) {
    NEXT.set(new Plan(application, job));
  }

  /** Whether what was asked for has been done. */
  static boolean isDone() {
    return NEXT.get() == null;
  }

  @Override
  public void onApplicationStart(SparkListenerApplicationStart start) {
    application = start.appName();
  }

  @Override
  public void onJobStart(SparkListenerJobStart start) {
    Plan plan = NEXT.get();
    if (plan != null && plan.equals(new Plan(application, start.jobId()))) {
      NEXT.set(null);
      // Spark waits for its listeners when it stops, and knows their threads and what they start.
      Runnable stop = () -> SparkContext.getOrCreate().stop();
      new Thread(null, stop, "stopping-spark", 0, false).start();
    }
  }
}
