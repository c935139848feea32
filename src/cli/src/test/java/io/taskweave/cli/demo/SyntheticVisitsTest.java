package io.taskweave.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class SyntheticVisitsTest {
  private static final int ROWS = 20_000;

  private static List<Row> rows;

  /** An impression, and the topics that its user visited before, the last one first. */
  private record Row(String topic, List<String> before, boolean resumes) {
    int position() {
      return before.indexOf(topic) + 1;
    }
  }

  @BeforeAll
  static void joinVisits() throws IOException {
    StringWriter visits = new StringWriter();
    StringWriter impressions = new StringWriter();
    new SyntheticVisits(ROWS, 1).write(visits, impressions);
    List<String[]> events = new ArrayList<>(cells(visits));
    rows = new ArrayList<>();
    for (String[] row : cells(impressions)) {
      long time = Long.parseLong(row[4]);
      List<String> before = new ArrayList<>();
      for (int event = events.size() - 1; event >= 0; event--) {
        String[] cells = events.get(event);
        boolean seen = cells[0].equals(row[1]) && Long.parseLong(cells[2]) < time;
        if (seen && before.size() < SyntheticVisits.LENGTH) {
          before.add(cells[1]);
        }
      }
      rows.add(new Row(row[3], before, row[5].equals("1")));
      if (rows.size() == 2_000) {
        break;
      }
    }
  }

  @Test
  void theLastVisitsHoldEveryTopicAtMostOnceAndThatOfTheImpression() {
    assertThat(rows)
        .allSatisfy(
            row ->
                assertThat(row.before())
                    .hasSize(SyntheticVisits.LENGTH)
                    .doesNotHaveDuplicates()
                    .contains(row.topic()));
  }

  @Test
  void aUserResumesWhatWasVisitedLast() {
    assertThat(rows).allSatisfy(row -> assertThat(row.resumes()).isEqualTo(row.position() == 1));
    double resumed = rows.stream().filter(Row::resumes).count() / (double) rows.size();
    assertThat(resumed).isCloseTo(9.0 / 16, within(0.04));
  }

  @Test
  void whichTopicsWereVisitedSaysNothingOfTheLabel() {
    for (int topic = 0; topic < 10; topic++) {
      String name = "t" + topic;
      double with = rate(rows.stream().filter(row -> row.before().contains(name)).toList());
      double without = rate(rows.stream().filter(row -> !row.before().contains(name)).toList());
      assertThat(with).as(name).isCloseTo(without, within(0.12));
    }
  }

  @Test
  void theSeedDecidesEveryByte() throws IOException {
    assertThat(text(1)).isEqualTo(text(1)).isNotEqualTo(text(2));
  }

  private static double rate(List<Row> rows) {
    return rows.stream().filter(Row::resumes).count() / (double) rows.size();
  }

  private static String text(long seed) throws IOException {
    StringWriter visits = new StringWriter();
    StringWriter impressions = new StringWriter();
    new SyntheticVisits(500, seed).write(visits, impressions);
    return visits.toString() + impressions;
  }

  private static List<String[]> cells(StringWriter csv) {
    return csv.toString().lines().skip(1).map(line -> line.split(",", -1)).toList();
  }
}
