package io.taskweave.pipeline.importing;

import static org.apache.spark.sql.functions.lit;

import org.apache.spark.sql.Column;

/** Times in milliseconds since 1970. */
public final class EpochTimes {
  /** Of 2001 in seconds, and of January 1970 in milliseconds. */
  private static final long FIRST_SECONDS = 1_000_000_000L;

  private static final long SECONDS_END = 100_000_000_000L;

  private EpochTimes() {}

  /** Whether seconds pass for milliseconds, which then lie between 1970 and 1973. */
  static boolean looksLikeSeconds(long time) {
    return time >= FIRST_SECONDS && time < SECONDS_END;
  }

  /** Whether seconds pass for milliseconds; null where there is no time. */
  public static Column looksLikeSeconds(Column time) {
    return time.geq(lit(FIRST_SECONDS)).and(time.lt(lit(SECONDS_END)));
  }
}
