package io.taskweave.core.sample;

import java.io.Serializable;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The fields, tasks and sequences of a sample, in the order in which blocks and models hold them.
 */
public record SampleLayout(List<Field> fields, List<String> tasks, List<Sequence> sequences)
    implements Serializable {
  public SampleLayout {
    fields = List.copyOf(fields);
    tasks = List.copyOf(tasks);
    sequences = List.copyOf(sequences);
    Map<String, Field> fieldsByName = new HashMap<>();
    Map<String, Integer> rowsByTable = new HashMap<>();
    for (Field field : fields) {
      if (fieldsByName.put(field.name(), field) != null) {
        throw new IllegalArgumentException(
            "Cannot lay out samples: field twice (" + field.name() + ")");
      }
      checkRows(rowsByTable, field.table(), field.tableRows());
    }
    Set<String> names = new HashSet<>();
    for (Sequence sequence : sequences) {
      if (!names.add(sequence.name())) {
        throw new IllegalArgumentException(
            "Cannot lay out samples: sequence twice (" + sequence.name() + ")");
      }
      for (SequenceAttribute attribute : sequence.attributes()) {
        checkRows(rowsByTable, attribute.table(), attribute.tableRows());
        if (attribute.target() != null) {
          checkTarget(sequence, attribute, fieldsByName.get(attribute.target()));
        }
      }
    }
    if (new HashSet<>(tasks).size() != tasks.size()) {
      throw new IllegalArgumentException("Cannot lay out samples: task twice (" + tasks + ")");
    }
  }

  /** Samples without sequences. */
  public SampleLayout(List<Field> fields, List<String> tasks) {
    this(fields, tasks, List.of());
  }

  /** Whether samples have times, because events that they see have. */
  public boolean timed() {
    // Asked once a row: no stream.
    for (Sequence sequence : sequences) {
      if (sequence.order() == SequenceOrder.TIME) {
        return true;
      }
    }
    return false;
  }

  private static void checkRows(Map<String, Integer> rowsByTable, String table, int tableRows) {
    Integer rows = rowsByTable.putIfAbsent(table, tableRows);
    if (rows != null && rows != tableRows) {
      throw new IllegalArgumentException(
          "Cannot lay out samples: fields disagree on the rows of table " + table);
    }
  }

  private static void checkTarget(Sequence sequence, SequenceAttribute attribute, Field target) {
    if (target == null
        || target.kind() != FieldKind.CATEGORICAL
        || !target.table().equals(attribute.table())) {
      throw new IllegalArgumentException(
          "Cannot lay out samples: the target of "
              + sequence.name()
              + "."
              + attribute.name()
              + " must be a categorical field of table "
              + attribute.table()
              + " ("
              + attribute.target()
              + ")");
    }
  }
}
