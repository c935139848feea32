package io.taskweave.pipeline.history;

import io.taskweave.core.sample.Field;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.core.sample.Sequence;
import io.taskweave.core.sample.SequenceAttribute;
import io.taskweave.pipeline.feature.EventEncoder;
import io.taskweave.pipeline.feature.FeatureEncoder;
import io.taskweave.pipeline.history.HistoryPlan.AttributePlan;
import io.taskweave.pipeline.history.HistoryPlan.SequencePlan;
import io.taskweave.pipeline.history.HistoryPlan.SourcePlan;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** The layout of samples that see histories. */
public final class HistoryLayout {
  private HistoryLayout() {}

  /** The fields and tasks of the samples, and the sequences of the plan. */
  public static SampleLayout of(FeatureEncoder encoder, HistoryPlan plan) {
    EventEncoder events = new EventEncoder(encoder);
    SampleLayout samples = encoder.layout();
    return new SampleLayout(
        samples.fields(),
        samples.tasks(),
        plan.sequences().stream().map(sequence -> sequence(sequence, events)).toList());
  }

  /**
   * What the ids of tables stand for that no field of the samples has: values or edges in the order
   * of their ids.
   */
  public static SortedMap<String, List<String>> ownTables(HistoryPlan plan) {
    SortedMap<String, List<String>> tables = new TreeMap<>();
    for (SequencePlan sequence : plan.sequences()) {
      for (AttributePlan attribute : sequence.attributes()) {
        if (attribute.field().isEmpty()) {
          tables.put(
              ownTable(sequence, attribute),
              attribute.edges().isEmpty()
                  ? ownValues(sequence, attribute)
                  : attribute.edges().stream().map(edge -> "up to " + edge).toList());
        }
      }
    }
    return tables;
  }

  private static Sequence sequence(SequencePlan plan, EventEncoder encoder) {
    List<SequenceAttribute> attributes = new ArrayList<>();
    for (AttributePlan attribute : plan.attributes()) {
      attributes.add(
          attribute.field().isEmpty()
              ? own(plan, attribute)
              : encoder.described(
                  new EventEncoder.Attribute(
                      attribute.name(), attribute.column(), attribute.field())));
    }
    return new Sequence(
        plan.name(), attributes, plan.length(), plan.order(), plan.delay().toMillis());
  }

  private static SequenceAttribute own(SequencePlan sequence, AttributePlan attribute) {
    int values =
        attribute.edges().isEmpty()
            ? ownValues(sequence, attribute).size()
            : attribute.edges().size() + 1;
    return new SequenceAttribute(
        attribute.name(), ownTable(sequence, attribute), Field.UNKNOWN_ID + 1 + values, null);
  }

  private static String ownTable(SequencePlan sequence, AttributePlan attribute) {
    return sequence.name() + "-" + attribute.name();
  }

  /** Values with ids from 2 on; the kinds of the sources where none are given. */
  static List<String> ownValues(SequencePlan sequence, AttributePlan attribute) {
    return attribute.values().isEmpty()
        ? sequence.sources().stream().map(SourcePlan::kind).toList()
        : attribute.values();
  }
}
