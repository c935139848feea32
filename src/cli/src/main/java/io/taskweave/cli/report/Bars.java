package io.taskweave.cli.report;

import java.util.List;

/**
 * One series of a bar chart.
 *
 * @param colour number of a series colour of the style sheet, from 0
 * @param values one a category; NaN for none
 */
record Bars(String name, int colour, List<Double> values) {
  Bars {
    values = List.copyOf(values);
  }
}
