package io.taskweave.core.sample;

import java.io.Serializable;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * What a user did before a sample: an input of a model beside its fields.
 *
 * @param name unique among the sequences of a layout
 * @param attributes ids of each event, at least one
 * @param maxLength most recent events that a sample sees, at least 1
 * @param order what orders the events
 * @param delayMillis how long an event takes until a sample may see it, in milliseconds, not
 *     negative: a sample sees events strictly before its time minus this; 0 for {@link
 *     SequenceOrder#POSITION}
 */
public record Sequence(
    String name,
    List<SequenceAttribute> attributes,
    int maxLength,
    SequenceOrder order,
    long delayMillis)
    implements Serializable {
  public Sequence {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(order, "order");
    attributes = List.copyOf(attributes);
    Set<String> names = new HashSet<>();
    for (SequenceAttribute attribute : attributes) {
      if (!names.add(attribute.name())) {
        throw refused(name, "attribute twice", attribute.name());
      }
    }
    if (attributes.isEmpty()) {
      throw refused(name, "it needs an attribute", attributes);
    }
    if (maxLength < 1) {
      throw refused(name, "maximum length must be positive", maxLength);
    }
    if (delayMillis < 0) {
      throw refused(name, "delay must not be negative", delayMillis);
    }
    if (order == SequenceOrder.POSITION && delayMillis > 0) {
      throw refused(name, "events without time have no delay", delayMillis);
    }
  }

  private static IllegalArgumentException refused(String name, String reason, Object value) {
    return new IllegalArgumentException(
        "Cannot define sequence " + name + ": " + reason + " (" + value + ")");
  }
}
