package io.taskweave.engine.scoring;

import io.taskweave.core.model.GateWeights;
import io.taskweave.core.model.ModelSpec;
import io.taskweave.core.model.MultiTaskModel;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.sample.SampleBatch;
import io.taskweave.core.sample.SampleBlockBuilder;
import io.taskweave.engine.sample.SampleRows;
import java.util.Iterator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.sql.Row;

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
  SortedMap<String, GateWeights> scan(Iterator<Row> partition) {
    SampleBlockBuilder block = new SampleBlockBuilder(rows.layout());
    String key = "";
    while (partition.hasNext()) {
      Row row = partition.next();
      String next = row.getString(rows.width());
      if (block.rows() == Scorer.BLOCK_ROWS || !next.equals(key)) {
        add(key, block);
        block = new SampleBlockBuilder(rows.layout());
        key = next;
      }
      rows.append(row, block);
    }
    add(key, block);
    sums.values().removeIf(gates -> gates.rows() == 0);
    return sums;
  }

  private void add(String key, SampleBlockBuilder block) {
    if (block.rows() == 0) {
      return;
    }
    model.score(weights, SampleBatch.all(block.build()), new float[tasks.size() * block.rows()]);
    model.addGateWeights(sums.computeIfAbsent(key, any -> new GateWeights(tasks, sources)));
  }

  static GateWeights plus(GateWeights into, GateWeights other) {
    into.merge(other);
    return into;
  }
}
