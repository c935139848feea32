package io.taskweave.pipeline.analyse;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.core.correlation.LabelCounts;
import io.taskweave.core.correlation.MutualInformationBootstrap;
import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.metric.Interval;
import io.taskweave.core.random.CounterRandom;
import io.taskweave.core.sample.Field;
import io.taskweave.core.sample.Sequence;
import io.taskweave.core.sample.SequenceAttribute;
import io.taskweave.core.sample.SequenceOrder;
import io.taskweave.pipeline.dataset.DataSet;
import io.taskweave.pipeline.dataset.Stage;
import io.taskweave.pipeline.dataset.StageContext;
import io.taskweave.pipeline.dataset.StageResult;
import io.taskweave.pipeline.feature.EventEncoder;
import io.taskweave.pipeline.feature.FeatureEncoder;
import io.taskweave.pipeline.feature.FeatureStage;
import io.taskweave.pipeline.history.HistoryLayout;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Publishes what the data say about when and what: the mutual information of the label and of a
 * behaviour at each position, or in each interval, before samples of a target. Rows are the cells;
 * {@code correlation.json} holds them as one matrix a target.
 *
 * <p>Information that is estimated from counts is too high where there is none: {@code
 * corrected_bits} is less its bias, and a cell counts as significant if the lower end of its
 * interval lies above 0.
 */
public final class CorrelationStage implements Stage {
  public static final String FILE = "correlation.json";
  private static final StructType SCHEMA =
      new StructType()
          .add("target", DataTypes.StringType, false)
          .add("behaviour", DataTypes.StringType, false)
          .add("column", DataTypes.IntegerType, false)
          .add("positives_with", DataTypes.LongType, false)
          .add("negatives_with", DataTypes.LongType, false)
          .add("positives", DataTypes.LongType, false)
          .add("negatives", DataTypes.LongType, false)
          .add("bits", DataTypes.DoubleType, false)
          .add("corrected_bits", DataTypes.DoubleType, false)
          .add("bits_low", DataTypes.DoubleType, false)
          .add("bits_high", DataTypes.DoubleType, false)
          .add("significant", DataTypes.BooleanType, false);

  private final CorrelationPlan plan;
  private final Path samples;
  private final Path history;
  private final Path output;

  public CorrelationStage(CorrelationPlan plan, Path samples, Path history, Path output) {
    this.plan = plan;
    this.samples = samples;
    this.history = history;
    this.output = output;
  }

  @Override
  public String name() {
    return "stc";
  }

  @Override
  public Path output() {
    return output;
  }

  @Override
  public List<Path> inputs() {
    return List.of(samples, history);
  }

  @Override
  public SortedMap<String, String> settings() {
    return new TreeMap<>(Map.of("plan", plan.toString()));
  }

  /** A cell of the matrix of a target. */
  private record Cell(int target, int behaviour, int column, LabelCounts counts) {}

  /**
   * @throws ConfigurationException if there is no such sequence, attribute or value
   * @throws InputRejectedException if there are more cells than fit
   */
  @Override
  public StageResult run(StageContext context) {
    FeatureEncoder encoder = FeatureEncoder.open(samples);
    Sequence sequence = sequence(encoder);
    SequenceAttribute attribute = attribute(sequence);
    Map<Integer, String> tokens =
        new EventEncoder(encoder)
            .tokens(context.spark(), attribute.table()).collectAsList().stream()
                .collect(Collectors.toMap(row -> row.getInt(0), row -> row.getString(1)));
    Map<String, Integer> ids =
        tokens.entrySet().stream()
            .collect(Collectors.toMap(Map.Entry::getValue, Map.Entry::getKey));
    int[] targets = targets(ids, tokens.size());
    context.progress().update("stc: counting", 0, 0);
    CorrelationCounts counts =
        CorrelationCounts.of(
            plan,
            sequence,
            targets,
            FeatureStage.samples(context.spark(), samples),
            DataSet.open(history).rows(context.spark()));
    List<Row> rows = new ArrayList<>();
    ObjectNode summary = JsonNodeFactory.instance.objectNode();
    describe(summary);
    ArrayNode matrices = summary.putArray("targets");
    for (int target = 0; target < targets.length; target++) {
      String name = tokens.get(targets[target]);
      ObjectNode matrix = matrices.addObject().put("target", name);
      matrix.put("positives", counts.samples(target, 1));
      matrix.put("negatives", counts.samples(target, 0));
      ArrayNode behaviours = matrix.putArray("behaviours");
      for (int behaviour : behaviours(counts, target, ids, attribute.tableRows())) {
        ObjectNode line = behaviours.addObject().put("behaviour", tokens.get(behaviour));
        ArrayNode bits = line.putArray("bits");
        ArrayNode corrected = line.putArray("corrected_bits");
        ArrayNode low = line.putArray("bits_low");
        ArrayNode high = line.putArray("bits_high");
        ArrayNode significant = line.putArray("significant");
        for (int column = 0; column < plan.columns(); column++) {
          Row row = row(cell(counts, target, behaviour, column), name, tokens.get(behaviour));
          rows.add(row);
          bits.add(row.getDouble(7));
          corrected.add(row.getDouble(8));
          low.add(row.getDouble(9));
          high.add(row.getDouble(10));
          significant.add(row.getBoolean(11));
        }
      }
    }
    StageResult written =
        context.writeRows(context.spark().createDataFrame(rows, SCHEMA).coalesce(1), summary);
    context.writeText(FILE, summary.toString());
    return written;
  }

  private void describe(ObjectNode summary) {
    summary.put("sequence", plan.sequence());
    summary.put("attribute", plan.attribute());
    summary.put("task", plan.task());
    summary.put("columns", plan.positions() > 0 ? "positions" : "intervals");
    ArrayNode columns = summary.putArray("column_names");
    if (plan.positions() > 0) {
      IntStream.rangeClosed(1, plan.positions()).forEach(columns::add);
    } else {
      plan.intervals().forEach(end -> columns.add("< " + end));
    }
    summary.put("bootstrap_replicates", plan.replicates());
  }

  private Sequence sequence(FeatureEncoder encoder) {
    Sequence sequence =
        HistoryLayout.of(encoder, plan.histories()).sequences().stream()
            .filter(each -> each.name().equals(plan.sequence()))
            .findFirst()
            .orElseThrow(() -> unknown("sequence", plan.sequence()));
    if (sequence.order() == SequenceOrder.POSITION && plan.positions() == 0) {
      throw new ConfigurationException(
          "Cannot measure correlations by interval: the events of sequence "
              + plan.sequence()
              + " have no time (order position), count positions");
    }
    return sequence;
  }

  private SequenceAttribute attribute(Sequence sequence) {
    return sequence.attributes().stream()
        .filter(each -> each.name().equals(plan.attribute()) && each.target() != null)
        .findFirst()
        .orElseThrow(() -> unknown("attribute that targets have too", plan.attribute()));
  }

  private static ConfigurationException unknown(String what, String value) {
    return new ConfigurationException(
        String.format(
            "Cannot measure correlations: there is no %s of this name (%s), choose another",
            what, value));
  }

  private int[] targets(Map<String, Integer> ids, int known) {
    if (!plan.targets().isEmpty()) {
      return plan.targets().stream().mapToInt(token -> id(ids, token)).toArray();
    }
    // Ids descend with the counts of the training part.
    int first = Field.UNKNOWN_ID + 1;
    return IntStream.range(first, first + Math.min(plan.targetCount(), known)).toArray();
  }

  private static int id(Map<String, Integer> ids, String token) {
    Integer id = ids.get(token);
    if (id == null) {
      throw unknown("value in the training part", token);
    }
    return id;
  }

  private int[] behaviours(
      CorrelationCounts counts, int target, Map<String, Integer> ids, int tableRows) {
    if (!plan.behaviours().isEmpty()) {
      return plan.behaviours().stream().mapToInt(token -> id(ids, token)).toArray();
    }
    long[] seen = new long[tableRows];
    for (int behaviour = 0; behaviour < tableRows; behaviour++) {
      for (int column = 0; column < plan.columns(); column++) {
        seen[behaviour] +=
            counts.with(target, behaviour, column, 0) + counts.with(target, behaviour, column, 1);
      }
    }
    return IntStream.range(Field.UNKNOWN_ID + 1, tableRows)
        .boxed()
        .sorted(Comparator.comparingLong((Integer behaviour) -> -seen[behaviour]))
        .limit(plan.behaviourCount())
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private static Cell cell(CorrelationCounts counts, int target, int behaviour, int column) {
    return new Cell(
        target,
        behaviour,
        column,
        new LabelCounts(
            (double) counts.with(target, behaviour, column, 1),
            (double) counts.with(target, behaviour, column, 0),
            (double) counts.samples(target, 1),
            (double) counts.samples(target, 0)));
  }

  private Row row(Cell cell, String target, String behaviour) {
    LabelCounts counts = cell.counts();
    long key = CounterRandom.mix(CounterRandom.mix(cell.target(), cell.behaviour()), cell.column());
    Interval interval =
        new MutualInformationBootstrap(plan.seed(), plan.replicates()).interval(counts, key);
    boolean empty = counts.rows() == 0;
    return RowFactory.create(
        target,
        behaviour,
        cell.column() + 1,
        (long) counts.positivesWith(),
        (long) counts.negativesWith(),
        (long) counts.positives(),
        (long) counts.negatives(),
        empty ? 0 : counts.mutualInformation(),
        empty ? 0 : counts.correctedMutualInformation(),
        empty ? 0 : interval.low(),
        empty ? 0 : interval.high(),
        !empty && interval.low() > 0);
  }
}
