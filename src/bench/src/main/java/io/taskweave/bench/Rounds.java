package io.taskweave.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/** Figures of rounds in which both sides were measured in turn. */
final class Rounds {
  private final List<Double> ours = new ArrayList<>();
  private final List<Double> peers = new ArrayList<>();
  private final List<Double> ratios = new ArrayList<>();

  /** Adds a round; larger is better. */
  void add(double our, double peer) {
    ours.add(our);
    peers.add(peer);
    ratios.add(our / peer);
  }

  /** Median, smallest and largest of each side, and of the ratio within a round. */
  void describe(String unit, ObjectNode result) {
    describe(ours, result.putObject("taskweave_" + unit));
    describe(peers, result.putObject("peer_" + unit));
    describe(ratios, result.putObject("ratio"));
  }

  /**
   * Median, smallest and largest of one side's figures.
   *
   * @return the median
   */
  static double describe(List<Double> values, ObjectNode result) {
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    double median =
        sorted.size() % 2 == 1
            ? sorted.get(middle)
            : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    result.put("median", median);
    result.put("lowest", sorted.get(0));
    result.put("highest", sorted.get(sorted.size() - 1));
    result.put("rounds", sorted.size());
    return median;
  }
}
