package io.taskweave.cli.report;

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

  /** A table that is closed at first; nothing if it has no rows. */
  static void folded(Markup page, String summary, Table table) {
    if (!table.isEmpty()) {
      page.open("details").element("summary", summary);
      table.write(page);
      page.close();
    }
  }
}
