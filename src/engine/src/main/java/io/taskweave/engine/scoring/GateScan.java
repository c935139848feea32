package io.taskweave.engine.scoring;

import io.taskweave.core.model.GateWeights;
import io.taskweave.core.model.ModelSpec;
import io.taskweave.core.model.MultiTaskModel;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.sample.SampleBatch;
import io.taskweave.engine.sample.SampleRows;
import io.taskweave.engine.sample.SampleSource;
import java.util.Iterator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Sums a partition's gate weights by key: its rows are sorted by key, a block holds one key. */
final class GateScan {
  private final MultiTaskModel model;
  private final ParameterStorage weights;
  private final SampleRows rows;
  private final List<String> tasks;
  private final List<String> sources;
  private final TreeMap<String, GateWeights> sums = new TreeMap<>();

  GateScan(ModelSpec spec, float[] values, SampleRows rows) {
    this.model = spec.create(rows.layout());
    this.weights = ParameterStorage.flat(model.parameters(), values, 0);
    this.rows = rows;
    this.tasks = rows.layout().tasks();
    this.sources = model.gateSources();
  }

  /** The key stands behind the columns of {@link SampleRows}. */
  SortedMap<String, GateWeights> scan(Iterator<SampleSource.Block> blocks) {
    while (blocks.hasNext()) {
      SampleSource.Block block = blocks.next();
      TreeMap<String, SampleBatch> byKey = new TreeMap<>();
      for (int row = 0; row < block.rows().size(); row++) {
        byKey
            .computeIfAbsent(
                block.rows().get(row).getUTF8String(rows.width()).toString(),
                key -> new SampleBatch(block.samples(), block.rows().size()))
            .add(row);
      }
      byKey.forEach(this::add);
    }
    sums.values().removeIf(gates -> gates.rows() == 0);
    return sums;
  }

  private void add(String key, SampleBatch batch) {
    model.score(weights, batch, new float[tasks.size() * batch.count()]);
    model.addGateWeights(sums.computeIfAbsent(key, any -> new GateWeights(tasks, sources)));
  }

  static GateWeights plus(GateWeights into, GateWeights other) {
    into.merge(other);
    return into;
  }
}
