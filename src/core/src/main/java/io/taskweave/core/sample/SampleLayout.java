package io.taskweave.core.sample;

import java.io.Serializable;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The fields and tasks of a sample, in the order in which blocks and models hold them. */
public record SampleLayout(List<Field> fields, List<String> tasks) implements Serializable {
  public SampleLayout {
    fields = List.copyOf(fields);
    tasks = List.copyOf(tasks);
    Set<String> names = new HashSet<>();
    Map<String, Integer> rowsByTable = new HashMap<>();
    for (Field field : fields) {
      if (!names.add(field.name())) {
        throw new IllegalArgumentException(
            "Cannot lay out samples: field twice (" + field.name() + ")");
      }
      Integer rows = rowsByTable.putIfAbsent(field.table(), field.tableRows());
      if (rows != null && rows != field.tableRows()) {
        throw new IllegalArgumentException(
            "Cannot lay out samples: fields disagree on the rows of table " + field.table());
      }
    }
    if (new HashSet<>(tasks).size() != tasks.size()) {
      throw new IllegalArgumentException("Cannot lay out samples: task twice (" + tasks + ")");
    }
  }
}
