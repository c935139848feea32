package io.taskweave.cli.report;

import java.util.List;

/** A part of the report. */
abstract class Section {
  private final String id;
  private final String title;

  Section(String id, String title) {
    this.id = id;
    this.title = title;
  }

  final String id() {
    return id;
  }

  final String title() {
    return title;
  }

  /** False for a part that is left out, rather than said to be empty. */
  boolean applies(ReportInputs inputs) {
    return true;
  }

  abstract void write(Markup page, Plot plots, ReportInputs inputs);

  static void note(Markup page, String text) {
    page.element("p", text, "class", "note");
  }

  /**
   * A table that scrolls sideways on a narrow screen.
   *
   * @param textColumns number of leading columns that hold text; the others hold figures
   */
  static void table(
      Markup page, String caption, int textColumns, List<String> head, List<List<String>> rows) {
    page.open("div", "class", "scroll", "tabindex", "0", "role", "region", "aria-label", caption);
    page.open("table").element("caption", caption).open("thead").open("tr");
    for (int column = 0; column < head.size(); column++) {
      String kind = column < textColumns ? "text" : "figure";
      page.element("th", head.get(column), "scope", "col", "class", kind);
    }
    page.close().close().open("tbody");
    for (List<String> row : rows) {
      page.open("tr");
      for (int column = 0; column < row.size(); column++) {
        String kind = column < textColumns ? "text" : "figure";
        page.element("td", row.get(column), "class", kind);
      }
      page.close();
    }
    page.close().close().close();
  }
}
