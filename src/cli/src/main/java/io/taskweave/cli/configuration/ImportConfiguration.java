package io.taskweave.cli.configuration;

import io.taskweave.pipeline.importing.TableColumn;
import io.taskweave.pipeline.importing.TableFormat;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * How a raw log is read.
 *
 * @param layout {@code kuairand}, {@code tiktok}, {@code globo}, {@code amazon} or {@code table}
 * @param path file or folder; absent until given
 * @param format of a table: {@code csv}, {@code tsv}, {@code json} (lines) or {@code parquet}; of
 *     {@code amazon} {@code csv} or {@code json}
 * @param header whether the first line names the columns
 * @param columns names and types; with a header only those that are not texts
 * @param zone in which days are counted
 * @param dayColumn decides {@code dt}; without it the event time does
 * @param duplicates how repeated rows are resolved
 */
public record ImportConfiguration(
    String layout,
    Optional<String> path,
    String format,
    boolean header,
    List<Column> columns,
    String timeColumn,
    String timeUnit,
    ZoneId zone,
    Optional<String> dayColumn,
    String dayFormat,
    Duplicates duplicates,
    List<SideTable> sideTables) {
  static final String LAYOUT = "layout";
  static final String LAYOUT_DEFAULT = "table";
  static final List<String> LAYOUTS = List.of("kuairand", "tiktok", "globo", "amazon", "table");
  static final String PATH = "path";
  static final String FORMAT = "format";
  static final String FORMAT_DEFAULT = "csv";
  static final List<String> FORMATS = List.of("csv", "tsv", "json", "parquet");
  static final String HEADER = "header";
  static final boolean HEADER_DEFAULT = true;
  static final String COLUMNS = "columns";
  static final String TIME_COLUMN = "time-column";
  static final String TIME_COLUMN_DEFAULT = "time_ms";
  static final String TIME_UNIT = "time-unit";
  static final String TIME_UNIT_DEFAULT = "milliseconds";
  static final List<String> TIME_UNITS = List.of("milliseconds", "seconds");
  static final String ZONE = "zone";
  static final String ZONE_DEFAULT = "UTC";
  static final String DAY = "day";
  static final String DAY_COLUMN = "column";
  static final String DAY_FORMAT = "format";
  static final String DAY_FORMAT_DEFAULT = "yyyy-MM-dd";
  static final String DUPLICATES = "duplicates";
  static final String SIDE_TABLES = "side-tables";

  /**
   * Which of several equal rows stays.
   *
   * @param rule {@code exact-rows}, {@code key} or {@code keep}
   * @param key columns that make rows equal
   * @param survivor {@code first-time}, {@code last-time} or {@code max}
   * @param column whose greatest value survives, for {@code max}
   */
  public record Duplicates(
      String rule, List<String> key, String survivor, Optional<String> column) {
    static final String RULE = "rule";
    static final String RULE_DEFAULT = "exact-rows";
    static final List<String> RULES = List.of("exact-rows", "key", "keep");
    static final String KEY = "key";
    static final String SURVIVOR = "survivor";
    static final String SURVIVOR_DEFAULT = "first-time";
    static final List<String> SURVIVORS = List.of("first-time", "last-time", "max");
    static final String COLUMN = "column";

    static Duplicates read(Section section) {
      Duplicates duplicates =
          new Duplicates(
              section.choice(RULE, RULE_DEFAULT, RULES),
              section.texts(KEY, List.of()),
              section.choice(SURVIVOR, SURVIVOR_DEFAULT, SURVIVORS),
              section.optionalText(COLUMN));
      if (duplicates.rule.equals("key") && duplicates.key.isEmpty()) {
        section.problem(KEY, "is missing: the columns of the key");
      }
      if (duplicates.survivor.equals("max") && duplicates.column.isEmpty()) {
        section.problem(COLUMN, "is missing: the column whose greatest value survives");
      }
      return duplicates;
    }
  }

  /**
   * A column of a table.
   *
   * @param type {@code string}, {@code int}, {@code long} or {@code double}
   */
  public record Column(String name, String type) {
    static final String NAME = "name";
    static final String TYPE = "type";
    static final String TYPE_DEFAULT = "string";
    static final List<String> TYPES = List.of("string", "int", "long", "double");

    static Column read(Section section) {
      return new Column(
          section.requiredText(NAME, "the name of the column"),
          section.choice(TYPE, TYPE_DEFAULT, TYPES));
    }
  }

  /**
   * A table joined to the log.
   *
   * @param logKey the log's name of the key
   * @param asOf until when its values were known; a date, or {@code static} for what never changes
   */
  public record SideTable(
      String name,
      String path,
      String format,
      String key,
      String logKey,
      List<String> columns,
      Optional<String> asOf) {
    static final String NAME = "name";
    static final String KEY = "key";
    static final String LOG_KEY = "log-key";
    static final String AS_OF = "as-of";

    static SideTable read(Section section) {
      String path = section.requiredText(PATH, "the file of the side table");
      String key = section.requiredText(KEY, "the column that joins it to the log");
      return new SideTable(
          section.text(NAME, path),
          path,
          section.choice(FORMAT, FORMAT_DEFAULT, FORMATS),
          key,
          section.text(LOG_KEY, key),
          section.texts(COLUMNS, List.of()),
          section.optionalText(AS_OF));
    }
  }

  /**
   * How a table is written.
   *
   * @param name one of {@link #FORMATS}
   */
  public static TableFormat tableFormat(String name, boolean header, List<Column> columns) {
    List<TableColumn> typed =
        columns.stream()
            .map(
                column ->
                    new TableColumn(
                        column.name(),
                        TableColumn.Type.valueOf(column.type().toUpperCase(Locale.ROOT))))
            .toList();
    return switch (name) {
      case "parquet" -> TableFormat.parquet();
      case "json" -> TableFormat.json(typed);
      default ->
          new TableFormat(TableFormat.Kind.CSV, name.equals("tsv") ? "\t" : ",", header, typed);
    };
  }

  static ImportConfiguration read(Section section) {
    ZoneId zone = ZoneId.of(ZONE_DEFAULT);
    String zoneName = section.text(ZONE, ZONE_DEFAULT);
    try {
      zone = ZoneId.of(zoneName);
    } catch (DateTimeException e) {
      section.problem(ZONE, "is no time zone (" + zoneName + ")");
    }
    Optional<String> dayColumn;
    String dayFormat;
    try (Section day = section.section(DAY)) {
      dayColumn = day.optionalText(DAY_COLUMN);
      dayFormat = day.text(DAY_FORMAT, DAY_FORMAT_DEFAULT);
    }
    Duplicates duplicates;
    try (Section inner = section.section(DUPLICATES)) {
      duplicates = Duplicates.read(inner);
    }
    return new ImportConfiguration(
        section.choice(LAYOUT, LAYOUT_DEFAULT, LAYOUTS),
        section.optionalText(PATH),
        section.choice(FORMAT, FORMAT_DEFAULT, FORMATS),
        section.flag(HEADER, HEADER_DEFAULT),
        section.list(COLUMNS, Column::read),
        section.text(TIME_COLUMN, TIME_COLUMN_DEFAULT),
        section.choice(TIME_UNIT, TIME_UNIT_DEFAULT, TIME_UNITS),
        zone,
        dayColumn,
        dayFormat,
        duplicates,
        section.list(SIDE_TABLES, SideTable::read));
  }
}
