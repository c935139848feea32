package io.taskweave.cli.report;

import java.util.List;

/** Dashed vertical lines of a plot, and what its legend says of them; none where not finite. */
record Mark(String label, List<Double> at) {
  static final Mark NONE = new Mark("", List.of());

  Mark {
    at = at.stream().filter(Double::isFinite).toList();
  }
}
