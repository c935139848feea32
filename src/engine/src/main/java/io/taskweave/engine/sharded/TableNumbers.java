package io.taskweave.engine.sharded;

import io.taskweave.core.sample.Field;
import io.taskweave.core.sample.FieldKind;
import io.taskweave.core.sample.IdNumbers;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.core.sample.SequenceAttribute;
import java.util.List;

/** Numbers each id in the table that it belongs to; fields and sequences may share one. */
final class TableNumbers implements IdNumbers {
  private final BatchTable[] ofFields;
  private final BatchTable[][] ofAttributes;

  /** Ids without a table of rows keep their values. */
  TableNumbers(SampleLayout samples, List<BatchTable> tables) {
    ofFields = new BatchTable[samples.fields().size()];
    for (int f = 0; f < ofFields.length; f++) {
      Field field = samples.fields().get(f);
      ofFields[f] = field.kind() == FieldKind.NUMERIC ? null : find(tables, field.table());
    }
    ofAttributes = new BatchTable[samples.sequences().size()][];
    for (int s = 0; s < ofAttributes.length; s++) {
      List<SequenceAttribute> attributes = samples.sequences().get(s).attributes();
      ofAttributes[s] = new BatchTable[attributes.size()];
      for (int a = 0; a < ofAttributes[s].length; a++) {
        ofAttributes[s][a] = find(tables, attributes.get(a).table());
      }
    }
  }

  private static BatchTable find(List<BatchTable> tables, String name) {
    for (BatchTable table : tables) {
      if (table.layout().table().equals(name)) {
        return table;
      }
    }
    return null;
  }

  @Override
  public int ofField(int field, int id) {
    return ofFields[field] == null ? id : ofFields[field].number(id);
  }

  @Override
  public int ofAttribute(int sequence, int attribute, int id) {
    BatchTable table = ofAttributes[sequence][attribute];
    return table == null ? id : table.number(id);
  }
}
