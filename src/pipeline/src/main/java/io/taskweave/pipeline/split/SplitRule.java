package io.taskweave.pipeline.split;

import static org.apache.spark.sql.functions.dense_rank;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.shiftrightunsigned;
import static org.apache.spark.sql.functions.when;
import static org.apache.spark.sql.functions.xxhash64;

import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.sample.SampleColumns;
import java.io.Serializable;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.functions;

/** Decides for every row of a log whether it trains, validates or tests. */
public sealed interface SplitRule extends Serializable {
  String TRAIN = "train";
  String VALID = "valid";
  String TEST = "test";

  /**
   * The part of a row: {@code train}, {@code valid}, {@code test}; null where the deciding column
   * is null.
   *
   * @param userColumn the log's column that holds the user
   */
  Column part(String userColumn);

  /** Whether no user of the test part occurs in training, so that groups by user are void. */
  default boolean separatesUsers() {
    return false;
  }

  /** Whether the part of a row depends on that row alone. */
  default boolean isByRow() {
    return true;
  }

  /** By event time, epoch milliseconds: {@code train < validFrom <= valid < testFrom <= test}. */
  record ByTime(long validFrom, long testFrom) implements SplitRule {
    public ByTime {
      if (validFrom >= testFrom) {
        throw new ConfigurationException(
            String.format(
                "Cannot split by time: valid-from is not before test-from (%d, %d), swap them",
                validFrom, testFrom));
      }
    }

    @Override
    public Column part(String userColumn) {
      return byOrder(quoted(SampleColumns.TIME).cast("long"), lit(validFrom), lit(testFrom));
    }
  }

  /** By a column whose text sorts by date, such as {@code dt}. */
  record ByDate(String column, String validFrom, String testFrom) implements SplitRule {
    public ByDate {
      if (validFrom.compareTo(testFrom) >= 0) {
        throw new ConfigurationException(
            String.format(
                "Cannot split by date: valid-from is not before test-from (%s, %s), swap them",
                validFrom, testFrom));
      }
    }

    @Override
    public Column part(String userColumn) {
      return byOrder(quoted(column).cast("string"), lit(validFrom), lit(testFrom));
    }
  }

  /** At random by sample id. */
  record Random(double validShare, double testShare, long seed) implements SplitRule {
    public Random {
      verifyShares(validShare, testShare);
    }

    @Override
    public Column part(String userColumn) {
      return byHash(quoted(SampleColumns.SAMPLE_ID), validShare, testShare, seed);
    }
  }

  /** At random by user: all rows of a user lie in one part. */
  record ByUser(double validShare, double testShare, long seed) implements SplitRule {
    public ByUser {
      verifyShares(validShare, testShare);
    }

    @Override
    public Column part(String userColumn) {
      return byHash(quoted(userColumn).cast("string"), validShare, testShare, seed);
    }

    @Override
    public boolean separatesUsers() {
      return true;
    }
  }

  /**
   * The last event of every user tests, the last but one validates, the earlier ones train. Events
   * of the same time are ordered by their ids.
   *
   * @param eventColumn id of the event that a row belongs to, such as the positive of a sampled
   *     negative
   */
  record LeaveLastOut(String eventColumn) implements SplitRule {
    @Override
    public boolean isByRow() {
      return false;
    }

    @Override
    public Column part(String userColumn) {
      Column fromLast =
          dense_rank()
              .over(
                  Window.partitionBy(quoted(userColumn).cast("string"))
                      .orderBy(quoted(SampleColumns.TIME).desc(), quoted(eventColumn).desc()));
      return when(quoted(SampleColumns.TIME).isNull(), lit(null))
          .when(fromLast.equalTo(lit(1)), lit(TEST))
          .when(fromLast.equalTo(lit(2)), lit(VALID))
          .otherwise(lit(TRAIN));
    }
  }

  private static void verifyShares(double validShare, double testShare) {
    if (!(validShare > 0 && testShare > 0 && validShare + testShare < 1)) {
      throw new ConfigurationException(
          String.format(
              "Cannot split at random: shares must be positive and leave rows for training (valid"
                  + " %s, test %s), choose for example 0.1 and 0.1",
              validShare, testShare));
    }
  }

  private static Column byOrder(Column value, Column validFrom, Column testFrom) {
    return when(value.isNull(), lit(null))
        .when(value.lt(validFrom), lit(TRAIN))
        .when(value.lt(testFrom), lit(VALID))
        .otherwise(lit(TEST));
  }

  private static Column byHash(Column key, double validShare, double testShare, long seed) {
    // The upper 53 bits of the hash as a number in [0, 1).
    Column unit = shiftrightunsigned(xxhash64(lit(seed), key), 11).multiply(lit(0x1p-53));
    return when(key.isNull(), lit(null))
        .when(unit.lt(lit(testShare)), lit(TEST))
        .when(unit.lt(lit(testShare + validShare)), lit(VALID))
        .otherwise(lit(TRAIN));
  }

  private static Column quoted(String column) {
    return functions.col("`" + column.replace("`", "``") + "`");
  }
}
