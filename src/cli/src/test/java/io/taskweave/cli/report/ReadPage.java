package io.taskweave.cli.report;

import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

/** A report as a reader of its markup sees it, which has to be well-formed XML. */
final class ReadPage {
  private final Document document;

  ReadPage(String html) {
    try {
      document =
          DocumentBuilderFactory.newInstance()
              .newDocumentBuilder()
              .parse(new InputSource(new StringReader(html)));
    } catch (ParserConfigurationException | SAXException | IOException failure) {
      throw new AssertionError("not well-formed: " + failure.getMessage(), failure);
    }
  }

  List<Element> all(String tag) {
    return all(document.getDocumentElement(), tag);
  }

  static List<Element> all(Element within, String tag) {
    NodeList found = within.getElementsByTagName(tag);
    return IntStream.range(0, found.getLength()).mapToObj(i -> (Element) found.item(i)).toList();
  }

  String section(String id) {
    return all("section").stream()
        .filter(section -> section.getAttribute("id").equals(id))
        .findFirst()
        .map(Element::getTextContent)
        .orElse("");
  }

  List<String> captions() {
    return all("caption").stream().map(caption -> caption.getTextContent().strip()).toList();
  }

  /**
   * Cells of a table by their row and column, both named by all heads that span them, as in {@code
   * like / Rows}.
   */
  Map<String, Map<String, String>> table(String caption) {
    Element table =
        all("table").stream()
            .filter(any -> all(any, "caption").get(0).getTextContent().strip().equals(caption))
            .findFirst()
            .orElseThrow(() -> new AssertionError("no table: " + caption + " in " + captions()));
    List<List<String>> heads = grid(all(all(table, "thead").get(0), "tr"));
    Map<String, Map<String, String>> cells = new LinkedHashMap<>();
    for (List<String> row : grid(all(all(table, "tbody").get(0), "tr"))) {
      List<String> names = new ArrayList<>();
      Map<String, String> byColumn = new LinkedHashMap<>();
      for (int column = 0; column < row.size(); column++) {
        String[] cell = row.get(column).split(":", 2);
        if (cell[0].equals("th")) {
          names.add(cell[1]);
        } else {
          byColumn.put(head(heads, column), cell[1]);
        }
      }
      if (cells.put(String.join(" / ", names), byColumn) != null) {
        throw new AssertionError(caption + ": two rows " + names);
      }
    }
    return cells;
  }

  private static String head(List<List<String>> heads, int column) {
    return String.join(
        " / ", heads.stream().map(row -> row.get(column).split(":", 2)[1]).distinct().toList());
  }

  /** Every place of the grid filled, spans included; a cell is its tag, a colon and its text. */
  private static List<List<String>> grid(List<Element> rows) {
    Map<Integer, Map<Integer, String>> grid = new LinkedHashMap<>();
    for (int row = 0; row < rows.size(); row++) {
      int column = 0;
      for (int i = 0; i < rows.get(row).getChildNodes().getLength(); i++) {
        if (!(rows.get(row).getChildNodes().item(i) instanceof Element cell)) {
          continue;
        }
        while (grid.computeIfAbsent(row, any -> new LinkedHashMap<>()).containsKey(column)) {
          column++;
        }
        for (int down = 0; down < span(cell, "rowspan"); down++) {
          for (int right = 0; right < span(cell, "colspan"); right++) {
            grid.computeIfAbsent(row + down, any -> new LinkedHashMap<>())
                .put(column + right, cell.getTagName() + ":" + cell.getTextContent());
          }
        }
      }
    }
    return grid.values().stream()
        .map(row -> IntStream.range(0, row.size()).mapToObj(row::get).toList())
        .toList();
  }

  private static int span(Element cell, String attribute) {
    String value = cell.getAttribute(attribute);
    return value.isEmpty() ? 1 : Integer.parseInt(value);
  }
}
