package io.taskweave.cli.report;

import java.util.ArrayList;
import java.util.List;

/** Points of one line of a plot; points that are not finite are left out. */
final class Curve {
  private final String name;
  private final List<Double> x = new ArrayList<>();
  private final List<Double> y = new ArrayList<>();

  Curve(String name) {
    this.name = name;
  }

  Curve add(double horizontal, double vertical) {
    if (Double.isFinite(horizontal) && Double.isFinite(vertical)) {
      x.add(horizontal);
      y.add(vertical);
    }
    return this;
  }

  String name() {
    return name;
  }

  List<Double> x() {
    return x;
  }

  List<Double> y() {
    return y;
  }
}
