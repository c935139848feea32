package io.taskweave.cli.configuration;

import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.sample.SequenceOrder;
import io.taskweave.pipeline.history.HistoryAudit;
import io.taskweave.pipeline.history.HistoryPlan;
import io.taskweave.pipeline.history.HistoryPlan.AttributePlan;
import io.taskweave.pipeline.history.HistoryPlan.SequencePlan;
import io.taskweave.pipeline.history.HistoryPlan.SourcePlan;
import io.taskweave.pipeline.history.HistoryPlan.Table;
import io.taskweave.pipeline.importing.ImportPlan;
import io.taskweave.pipeline.importing.TableFormat;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/**
 * What users did before their samples.
 *
 * @param plan empty where samples see no histories
 * @param auditSamples samples whose histories are compared with the log
 */
public record HistoryConfiguration(Optional<HistoryPlan> plan, int auditSamples) {
  static final String SEQUENCES = "sequences";
  static final String AUDIT_SAMPLES = "audit-samples";
  static final String NAME = "name";
  static final String ORDER = "order";
  static final String ORDER_DEFAULT = "time";
  static final List<String> ORDERS = List.of(ORDER_DEFAULT, "position");
  static final String DELAY = "delay";
  static final String LENGTH = "length";
  static final int LENGTH_DEFAULT = 50;
  static final String BEFORE = "before";
  static final String ATTRIBUTES = "attributes";
  static final String SOURCES = "sources";

  /** What an event has. */
  private static final class Attributes {
    static final String COLUMN = "column";
    static final String FIELD = "field";
    static final String VALUES = "values";
    static final String EDGES = "edges";
    static final String REQUIRED = "required";

    static Optional<AttributePlan> read(Section section, FeatureConfiguration features) {
      String name = section.requiredText(NAME, "the name of the attribute");
      String field = section.text(FIELD, "");
      Optional<String> ofField =
          features.fields().stream()
              .filter(known -> known.name().equals(field))
              .map(FieldConfiguration::column)
              .findFirst();
      if (!field.isEmpty() && ofField.isEmpty()) {
        section.problem(FIELD, "names no field of the features (" + field + ")");
      }
      String column = ofField.orElse(name);
      return planned(
          section,
          NAME,
          () ->
              new AttributePlan(
                  name,
                  section.text(COLUMN, column),
                  field,
                  section.texts(VALUES, List.of()),
                  section.decimals(EDGES, List.of()),
                  section.flag(REQUIRED, true)));
    }
  }

  /** Where events come from. */
  private static final class Sources {
    static final String KIND = "kind";
    static final String KIND_DEFAULT = "log";
    static final String PATH = "path";
    static final String USER = "user";
    static final String ONLY = "only";
    static final String TIE = "tie";
    static final String POSITION_COLUMN = "position-column";

    static SourcePlan read(Section section, FeatureConfiguration features) {
      String unit =
          section.choice(
              ImportConfiguration.TIME_UNIT,
              ImportConfiguration.TIME_UNIT_DEFAULT,
              ImportConfiguration.TIME_UNITS);
      TableFormat format =
          ImportConfiguration.tableFormat(
              section.choice(
                  ImportConfiguration.FORMAT,
                  ImportConfiguration.FORMAT_DEFAULT,
                  ImportConfiguration.FORMATS),
              section.flag(ImportConfiguration.HEADER, ImportConfiguration.HEADER_DEFAULT),
              section.list(ImportConfiguration.COLUMNS, ImportConfiguration.Column::read));
      String timeColumn = section.text(ImportConfiguration.TIME_COLUMN, "");
      return new SourcePlan(
          section.text(KIND, KIND_DEFAULT),
          section
              .optionalText(PATH)
              .map(
                  path ->
                      new Table(
                          path,
                          format,
                          timeColumn,
                          ImportPlan.TimeUnit.valueOf(unit.toUpperCase(Locale.ROOT)))),
          section.text(USER, features.user()),
          section.text(ONLY, ""),
          section.text(TIE, ""),
          section.text(POSITION_COLUMN, ""));
    }
  }

  static HistoryConfiguration read(Section section, FeatureConfiguration features) {
    List<SequencePlan> sequences =
        section.list(SEQUENCES, each -> sequence(each, features)).stream()
            .flatMap(Optional::stream)
            .toList();
    return new HistoryConfiguration(
        sequences.isEmpty()
            ? Optional.empty()
            : planned(section, SEQUENCES, () -> new HistoryPlan(sequences)),
        section.integer(AUDIT_SAMPLES, HistoryAudit.DEFAULT_SAMPLES, 1));
  }

  private static Optional<SequencePlan> sequence(Section section, FeatureConfiguration features) {
    String name = section.requiredText(NAME, "the name of the sequence");
    List<Optional<AttributePlan>> attributes =
        section.list(ATTRIBUTES, attribute -> Attributes.read(attribute, features));
    List<SourcePlan> sources = section.list(SOURCES, source -> Sources.read(source, features));
    String order = section.choice(ORDER, ORDER_DEFAULT, ORDERS);
    Optional<Instant> before = section.optionalText(BEFORE).flatMap(text -> instant(section, text));
    Duration delay = section.duration(DELAY, Duration.ZERO);
    int length = section.integer(LENGTH, LENGTH_DEFAULT, 1);
    if (attributes.stream().anyMatch(Optional::isEmpty)) {
      return Optional.empty();
    }
    for (AttributePlan attribute : attributes.stream().flatMap(Optional::stream).toList()) {
      verifyKinds(section, attribute, sources);
    }
    return planned(
        section,
        NAME,
        () ->
            new SequencePlan(
                name,
                order.equals(ORDER_DEFAULT) ? SequenceOrder.TIME : SequenceOrder.POSITION,
                delay,
                length,
                before,
                attributes.stream().flatMap(Optional::stream).toList(),
                sources.isEmpty() ? List.of(SourcePlan.log(features.user())) : sources));
  }

  private static void verifyKinds(
      Section section, AttributePlan attribute, List<SourcePlan> sources) {
    if (attribute.column().equals(SourcePlan.KIND_COLUMN) && !attribute.values().isEmpty()) {
      for (SourcePlan source : sources) {
        if (!attribute.values().contains(source.kind())) {
          section.problem(
              ATTRIBUTES,
              "gives no id to the kind of a source (" + source.kind() + "), add it to the values");
        }
      }
    }
  }

  private static Optional<Instant> instant(Section section, String text) {
    try {
      return Optional.of(Instant.parse(text));
    } catch (DateTimeException wrong) {
      section.problem(BEFORE, "is no instant such as 2022-04-25T00:00:00Z (" + text + ")");
      return Optional.empty();
    }
  }

  private static <T> Optional<T> planned(
      Section section, String key, java.util.function.Supplier<T> plan) {
    try {
      return Optional.of(Objects.requireNonNull(plan.get()));
    } catch (ConfigurationException wrong) {
      section.problem(key, "has a problem: " + wrong.getMessage());
      return Optional.empty();
    }
  }
}
