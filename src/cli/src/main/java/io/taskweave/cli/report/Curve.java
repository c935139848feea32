package io.taskweave.cli.report;

import java.util.ArrayList;
import java.util.List;

/** Points of one line of a plot; points that are not finite are left out. */
final class Curve {
  private final String name;
  private final int colour;
  private final boolean dashed;
  private final List<Double> x = new ArrayList<>();
  private final List<Double> y = new ArrayList<>();

  /**
   * @param colour number of a series colour of the style sheet, from 0
   */
  Curve(String name, int colour) {
    this(name, colour, false);
  }

  Curve(String name, int colour, boolean dashed) {
    this.name = name;
    this.colour = colour;
    this.dashed = dashed;
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

  int colour() {
    return colour;
  }

  boolean dashed() {
    return dashed;
  }

  boolean isEmpty() {
    return x.isEmpty();
  }

  List<Double> x() {
    return x;
  }

  List<Double> y() {
    return y;
  }
}
