package io.taskweave.cli.report;

import java.util.ArrayList;
import java.util.List;

/**
 * A table that scrolls sideways in its own box. Leading columns hold text and name their row; equal
 * texts that follow each other are written once, over all of their rows.
 */
final class Table {
  private final String caption;
  private final List<String> texts = new ArrayList<>();
  private final List<Group> groups = new ArrayList<>();
  private final List<List<String>> rows = new ArrayList<>();

  /** Columns of figures under a common head; the head of a single column is empty. */
  private record Group(String head, List<String> columns) {}

  Table(String caption, String... textColumns) {
    this.caption = caption;
    this.texts.addAll(List.of(textColumns));
  }

  Table figure(String head) {
    groups.add(new Group("", List.of(head)));
    return this;
  }

  Table figures(String head, String... columns) {
    groups.add(new Group(head, List.of(columns)));
    return this;
  }

  Table row(String... cells) {
    return row(List.of(cells));
  }

  Table row(List<String> cells) {
    int width = texts.size() + groups.stream().mapToInt(group -> group.columns().size()).sum();
    if (cells.size() != width) {
      throw new IllegalArgumentException(caption + ": " + cells.size() + " cells, not " + width);
    }
    rows.add(List.copyOf(cells));
    return this;
  }

  boolean isEmpty() {
    return rows.isEmpty();
  }

  void write(Markup page) {
    page.open("div", "class", "scroll", "tabindex", "0", "role", "region", "aria-label", caption);
    page.open("table").open("caption").element("span", caption).close();
    head(page);
    page.open("tbody");
    for (int row = 0; row < rows.size(); row++) {
      page.open("tr");
      for (int column = 0; column < texts.size(); column++) {
        text(page, row, column);
      }
      for (String cell : rows.get(row).subList(texts.size(), rows.get(row).size())) {
        page.element("td", cell, "class", "figure");
      }
      page.close();
    }
    page.close().close().close();
  }

  private void head(Markup page) {
    boolean grouped = groups.stream().anyMatch(group -> !group.head().isEmpty());
    String span = grouped ? "2" : "1";
    page.open("thead").open("tr");
    for (String text : texts) {
      page.element("th", text, "scope", "col", "class", textClass(), "rowspan", span);
    }
    for (Group group : groups) {
      if (group.head().isEmpty()) {
        String name = group.columns().get(0);
        page.element("th", name, "scope", "col", "class", "figure", "rowspan", span);
      } else {
        String width = Integer.toString(group.columns().size());
        page.element("th", group.head(), "scope", "colgroup", "class", "group", "colspan", width);
      }
    }
    page.close();
    if (grouped) {
      page.open("tr");
      for (Group group : groups) {
        if (!group.head().isEmpty()) {
          group.columns().forEach(c -> page.element("th", c, "scope", "col", "class", "figure"));
        }
      }
      page.close();
    }
    page.close();
  }

  private void text(Markup page, int row, int column) {
    String cell = rows.get(row).get(column);
    boolean names = column == 0 || !groups.isEmpty();
    // The last text tells rows apart and is never merged.
    boolean merges = column < texts.size() - 1;
    if (merges && row > 0 && sameUpTo(column, row, row - 1)) {
      return;
    }
    int span = 1;
    while (merges && row + span < rows.size() && sameUpTo(column, row, row + span)) {
      span++;
    }
    String rowspan = Integer.toString(span);
    if (names) {
      page.element("th", cell, "scope", "row", "class", textClass(), "rowspan", rowspan);
    } else {
      page.element("td", cell, "class", "text", "rowspan", rowspan);
    }
  }

  /** A single column of names stays in sight while figures scroll. */
  private String textClass() {
    return texts.size() == 1 ? "text pinned" : "text";
  }

  private boolean sameUpTo(int column, int row, int other) {
    return rows.get(row).subList(0, column + 1).equals(rows.get(other).subList(0, column + 1));
  }
}
