package io.taskweave.pipeline.importing;

import com.univocity.parsers.csv.CsvParser;
import com.univocity.parsers.csv.CsvParserSettings;
import io.taskweave.core.error.InputRejectedException;
import java.util.List;
import org.apache.spark.sql.api.java.UDF2;

/** Says why Spark could not read a line of a CSV table, and refuses it. */
final class CellCheck implements UDF2<String, String, Boolean> {
  private static final long serialVersionUID = 1;
  private static final int SHOWN_CHARACTERS = 200;

  private final String separator;
  private final List<TableColumn> columns;

  /**
   * @param columns all of the file, in its order
   */
  CellCheck(String separator, List<TableColumn> columns) {
    this.separator = separator;
    this.columns = columns;
  }

  /**
   * Accepts a row, or ends the job that reads it.
   *
   * @param line null where the row was read
   */
  @Override
  public Boolean call(String file, String line) {
    if (line == null) {
      return true;
    }
    String shown = line.substring(0, Math.min(line.length(), SHOWN_CHARACTERS));
    throw new InputRejectedException(
        String.format(
            "Cannot read %s: %s in row \"%s\", correct the file or the mapping",
            file, problem(line), shown));
  }

  private String problem(String line) {
    CsvParserSettings settings = new CsvParserSettings();
    settings.getFormat().setDelimiter(separator);
    settings.getFormat().setQuoteEscape('"');
    settings.setMaxCharsPerColumn(-1);
    settings.setMaxColumns(Math.max(settings.getMaxColumns(), columns.size() + 1));
    String[] cells = new CsvParser(settings).parseLine(line);
    if (cells == null || cells.length != columns.size()) {
      return String.format(
          "%d columns instead of %d, or a line break within quotes,",
          cells == null ? 0 : cells.length, columns.size());
    }
    return firstWrong(cells);
  }

  private String firstWrong(String[] cells) {
    for (int place = 0; place < cells.length; place++) {
      TableColumn column = columns.get(place);
      if (cells[place] != null && !fits(cells[place].strip(), column.type())) {
        return String.format(
            "column %s is not %s (%s)", column.name(), column.type().sparkName(), cells[place]);
      }
    }
    return "a cell that is not of its column's type";
  }

  private static boolean fits(String cell, TableColumn.Type type) {
    try {
      switch (type) {
        case INT -> Integer.parseInt(cell);
        case LONG -> Long.parseLong(cell);
        case DOUBLE -> Double.parseDouble(cell);
        case STRING, CATEGORY_PATHS -> {}
      }
      return true;
    } catch (NumberFormatException wrong) {
      return false;
    }
  }
}
