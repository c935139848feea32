package io.taskweave.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

class SyntheticLogTest {
  @Test
  void labelRatesAreAsStated() throws IOException {
    List<String> lines = text(40_000, 1).lines().skip(1).toList();
    assertThat(lines).hasSize(40_000);
    // Clicks of the same category add to the calibrated rate.
    assertThat(rate(lines, 9)).isBetween(0.25, 0.38);
    assertThat(rate(lines, 10)).isCloseTo(0.05, within(0.015));
    assertThat(rate(lines, 11)).isCloseTo(0.01, within(0.005));
  }

  @Test
  void theSeedDecidesEveryByte() throws IOException {
    assertThat(text(500, 1)).isEqualTo(text(500, 1)).isNotEqualTo(text(500, 2));
  }

  @Test
  void timesRiseWithinFourteenDays() throws IOException {
    long[] times =
        text(1_000, 3).lines().skip(1).mapToLong(line -> Long.parseLong(cell(line, 7))).toArray();
    assertThat(times).isSorted();
    assertThat(times[0]).isGreaterThanOrEqualTo(SyntheticLog.START);
    assertThat(times[999]).isLessThan(SyntheticLog.START + SyntheticLog.DAYS * 86_400_000L);
  }

  private static double rate(List<String> lines, int column) {
    return lines.stream().filter(line -> cell(line, column).equals("1")).count()
        / (double) lines.size();
  }

  private static String cell(String line, int column) {
    return line.split(",", -1)[column];
  }

  private static String text(int impressions, long seed) throws IOException {
    StringWriter writer = new StringWriter();
    new SyntheticLog(impressions, seed).write(writer);
    return writer.toString();
  }
}
