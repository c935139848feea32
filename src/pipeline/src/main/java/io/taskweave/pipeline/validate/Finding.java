package io.taskweave.pipeline.validate;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * A promise that is broken.
 *
 * @param kind short and stable, such as {@code range}
 * @param column what it is about; empty if it is no column
 * @param breach what is wrong, in words
 * @param rows that break it; 0 if no row alone does
 * @param offenders the first of them
 */
record Finding(String kind, String column, String breach, long rows, List<Offender> offenders) {
  /**
   * A row that breaks a promise.
   *
   * @param day its partition
   * @param value of the column, as text
   */
  record Offender(long sampleId, String day, String value) {
    @Override
    public String toString() {
      return sampleId + " (" + day + ", " + value + ")";
    }
  }

  Finding {
    offenders = List.copyOf(offenders);
  }

  /** What no row alone is to blame for. */
  static Finding ofLog(String kind, String column, String breach) {
    return new Finding(kind, column, breach, 0, List.of());
  }

  String message() {
    if (rows == 0) {
      return breach;
    }
    return String.format(
        Locale.ROOT,
        "%s in %d rows, first sample_id %s",
        breach,
        rows,
        offenders.stream().map(Offender::toString).collect(Collectors.joining(", ")));
  }

  ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("check", kind).put("column", column).put("message", message()).put("rows", rows);
    ArrayNode list = json.putArray("offenders");
    for (Offender offender : offenders) {
      // A text: many readers of JSON round whole numbers beyond 2^53.
      list.addObject()
          .put("sample_id", Long.toString(offender.sampleId()))
          .put("day", offender.day())
          .put("value", offender.value());
    }
    return json;
  }
}
