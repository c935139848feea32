package io.taskweave.pipeline.evaluate;

import io.taskweave.core.metric.BootstrapWeights;
import io.taskweave.core.metric.RankSums;
import java.io.Serializable;
import java.util.Map;
import java.util.TreeMap;

/** The sums of one partition, fed with its samples in ascending order of (base, score). */
final class RankScan implements Serializable {
  private static final long serialVersionUID = 1;

  private final EvaluationPlan plan;
  private final int groups;
  private final TreeMap<Integer, RankSums> ranks = new TreeMap<>();
  private final TreeMap<Integer, CalibrationBins> bins = new TreeMap<>();
  private transient long[] totals;
  private transient long[] positions;
  private transient BootstrapWeights bootstrap;
  private transient byte[] multiplicities;

  RankScan(EvaluationPlan plan, int groups, long[] totals, long[] offsets) {
    this.plan = plan;
    this.groups = groups;
    this.totals = totals;
    positions = offsets.clone();
    bootstrap = new BootstrapWeights(plan.seed(), plan.replicates());
    multiplicities = new byte[plan.replicates() + 1];
  }

  void add(ScoredSample sample) {
    bootstrap.fill(sample.user(), multiplicities);
    addTo(sample.base() * groups, sample);
    for (int group : sample.groups()) {
      addTo(sample.base() * groups + group, sample);
    }
    if (plan.calibrationBins() > 0) {
      long position = positions[sample.base()]++;
      int bin = (int) (position * plan.calibrationBins() / totals[sample.base()]);
      bins.computeIfAbsent(sample.base(), ignored -> new CalibrationBins(plan.calibrationBins()))
          .add(bin, sample);
    }
  }

  private void addTo(int cell, ScoredSample sample) {
    ranks
        .computeIfAbsent(cell, ignored -> new RankSums(plan.replicates()))
        .add(sample.score(), sample.positive(), sample.weight(), multiplicities);
  }

  RankScan close() {
    ranks.values().forEach(RankSums::close);
    return this;
  }

  Map<Integer, RankSums> ranks() {
    return ranks;
  }

  Map<Integer, CalibrationBins> bins() {
    return bins;
  }
}
