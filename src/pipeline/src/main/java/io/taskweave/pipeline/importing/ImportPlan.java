package io.taskweave.pipeline.importing;

import java.io.Serializable;
import java.time.ZoneId;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * How a raw log becomes the log.
 *
 * @param path file or folder of the raw log
 * @param format how it is written
 * @param timeColumn event time
 * @param timeUnit unit of the event time; the log holds milliseconds since 1970
 * @param zone where a day begins, and where hours are counted
 * @param dayColumn the raw column that decides {@code dt}; the event time in the zone if empty
 * @param dayPattern of the day column, such as {@code yyyyMMdd}
 * @param duplicates which rows count as one
 * @param sideTables joined in their order
 */
public record ImportPlan(
    String path,
    TableFormat format,
    String timeColumn,
    TimeUnit timeUnit,
    ZoneId zone,
    Optional<String> dayColumn,
    String dayPattern,
    DuplicateRule duplicates,
    List<SideTable> sideTables)
    implements Serializable {
  /** Units of event times. */
  public enum TimeUnit {
    MILLISECONDS,
    SECONDS
  }

  public ImportPlan {
    Objects.requireNonNull(path, "path");
    Objects.requireNonNull(format, "format");
    Objects.requireNonNull(timeColumn, "timeColumn");
    Objects.requireNonNull(timeUnit, "timeUnit");
    Objects.requireNonNull(zone, "zone");
    Objects.requireNonNull(dayColumn, "dayColumn");
    Objects.requireNonNull(dayPattern, "dayPattern");
    Objects.requireNonNull(duplicates, "duplicates");
    sideTables = List.copyOf(sideTables);
  }

  /**
   * KuaiRand-Pure: the standard log with the columns of users and videos. The folder's log is the
   * file {@code log_standard_4_25_to_5_03_pure.csv.gz}, or without {@code .gz}.
   */
  public static ImportPlan kuaiRand(String folder, ZoneId zone, DuplicateRule duplicates) {
    return KnownLayouts.kuaiRand(folder, zone, duplicates);
  }

  /**
   * Clicks on news of Globo: the files {@code clicks_h*.csv}, compressed or not, of a folder, with
   * {@code category_id} of each article out of {@code articles_category.csv}. All rows are
   * positive.
   */
  public static ImportPlan globo(String folder, ZoneId zone, DuplicateRule duplicates) {
    return KnownLayouts.globo(folder, zone, duplicates);
  }

  /**
   * Reviews of Amazon: the files {@code reviews*} of a folder with {@code reviewerID}, {@code
   * asin}, {@code overall} and {@code unixReviewTime}, joined with the {@code categories} of each
   * item out of {@code meta*}, of which the last name of the last path stays. All rows are
   * positive.
   *
   * @param kind JSON lines or CSV with a header, for both
   */
  public static ImportPlan amazon(
      String folder, TableFormat.Kind kind, ZoneId zone, DuplicateRule duplicates) {
    return KnownLayouts.amazon(folder, kind, zone, duplicates);
  }

  /** The TikTok log of ICME 2019, track 2: tab-separated, no header, 12 columns. */
  public static ImportPlan tikTok(String path, ZoneId zone, DuplicateRule duplicates) {
    return KnownLayouts.tikTok(path, zone, duplicates);
  }
}
