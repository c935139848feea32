package io.taskweave.pipeline.audit;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.core.error.InputRejectedException;
import io.taskweave.pipeline.audit.ValueRates.Kind;
import io.taskweave.pipeline.audit.ValueRates.Part;
import io.taskweave.pipeline.audit.ValueRates.Rate;
import io.taskweave.pipeline.dataset.Manifest;
import io.taskweave.pipeline.dataset.Stage;
import io.taskweave.pipeline.dataset.StageContext;
import io.taskweave.pipeline.dataset.StageResult;
import io.taskweave.pipeline.feature.FeatureStage;
import io.taskweave.pipeline.feature.FieldPlan;
import io.taskweave.pipeline.feature.TaskPlan;
import io.taskweave.pipeline.validate.ValidationPlan;
import io.taskweave.pipeline.validate.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Searches published samples for leaks that show only after encoding, and publishes what it finds
 * as {@code audit.json} and as the manifest's summary.
 *
 * <p>Leaks refuse the samples unless the mode is {@code WARN}: a label among the features, and more
 * events of the validation or test part in training than accepted. Rows that repeat a training row
 * at another time are warnings, since users meet an item again in most logs. So are rates of
 * missing and unknown values that differ between labels or splits: they endanger a model, but new
 * items and absent values are a fact of most logs, and {@code id-dropout} answers them.
 */
public final class SampleAudit implements Stage {
  public static final String FILE = "audit.json";
  private static final int FORMAT_VERSION = 1;
  private static final String LEAK = "leak";
  private static final String WARNING = "warning";

  private final AuditPlan plan;
  private final Path samples;
  private final Path output;

  /**
   * @param samples published data set of the samples
   */
  public SampleAudit(AuditPlan plan, Path samples, Path output) {
    this.plan = plan;
    this.samples = samples;
    this.output = output;
  }

  @Override
  public String name() {
    return "audit";
  }

  @Override
  public Path output() {
    return output;
  }

  @Override
  public List<Path> inputs() {
    return List.of(samples);
  }

  @Override
  public SortedMap<String, String> settings() {
    TreeMap<String, String> settings = new TreeMap<>();
    settings.put("mode", plan.mode().name());
    settings.put("rate-difference", Double.toString(plan.rateDifference()));
    settings.put("z-score", Double.toString(plan.zScore()));
    settings.put("identical-share", Double.toString(plan.identicalShare()));
    settings.put("named", Integer.toString(plan.named()));
    settings.put("fields", plan.fields().toString());
    settings.put("tasks", plan.tasks().toString());
    return settings;
  }

  @Override
  public void accept(Manifest published) {
    if (!published.summary().path("status").asText().equals(Verdict.REFUSED.text())) {
      return;
    }
    List<String> leaks = new ArrayList<>();
    published
        .summary()
        .path("findings")
        .forEach(
            finding -> {
              if (finding.path("severity").asText().equals(LEAK)) {
                leaks.add(finding.path("message").asText());
              }
            });
    throw new InputRejectedException(
        "Cannot accept the samples: "
            + String.join("; ", leaks)
            + "; mend the log or the split, or set validate.mode to warn");
  }

  @Override
  public StageResult run(StageContext context) {
    Dataset<Row> rows = FeatureStage.samples(context.spark(), samples);
    context.progress().update("audit samples", 0, 2);
    List<IdenticalRows> identical = new ArrayList<>(IdenticalRows.of(rows, true, plan.named()));
    identical.addAll(IdenticalRows.of(rows, false, plan.named()));
    context.progress().update("audit samples", 1, 2);
    ValueRates rates = ValueRates.of(rows, plan);
    context.progress().update("audit samples", 2, 2);
    ObjectNode summary = describe(identical, rates);
    context.writeText(FILE, summary.toPrettyString());
    return StageResult.ofSummary(summary);
  }

  private ObjectNode describe(List<IdenticalRows> identical, ValueRates rates) {
    ObjectNode summary = JsonNodeFactory.instance.objectNode();
    summary.put("format_version", FORMAT_VERSION);
    summary.put("status", "").put("mode", modeText());
    summary
        .putObject("thresholds")
        .put("rate_difference", plan.rateDifference())
        .put("z_score", plan.zScore())
        .put("identical_share", plan.identicalShare());
    ArrayNode findings = summary.putArray("findings");
    labelsAmongFeatures(findings);
    ArrayNode parts = summary.putArray("identical_rows");
    for (IdenticalRows part : identical) {
      describe(parts.addObject(), part);
      if (part.inTraining() > 0) {
        identicalRows(findings, part);
      }
    }
    RateDifference.strong(rates, plan).forEach(difference -> rateDifference(findings, difference));
    describe(summary.putArray("rates"), rates);
    summary.put("status", verdict(findings).text());
    return summary;
  }

  private Verdict verdict(ArrayNode findings) {
    if (findings.isEmpty()) {
      return Verdict.PASSED;
    }
    boolean leaks = false;
    for (var finding : findings) {
      leaks |= finding.path("severity").asText().equals(LEAK);
    }
    return leaks && plan.mode() != ValidationPlan.Mode.WARN ? Verdict.REFUSED : Verdict.WARNED;
  }

  private void labelsAmongFeatures(ArrayNode findings) {
    for (FieldPlan field : plan.fields()) {
      for (TaskPlan task : plan.tasks()) {
        if (field.column().equals(task.labelColumn())) {
          findings
              .addObject()
              .put("check", "label-among-features")
              .put("severity", LEAK)
              .put("message", "field " + field.name() + " is the label of task " + task.name())
              .put("field", field.name())
              .put("task", task.name());
        }
      }
    }
  }

  private void identicalRows(ArrayNode findings, IdenticalRows part) {
    boolean many = part.share() > plan.identicalShare();
    if (!part.sameTime() && !many) {
      return;
    }
    IdenticalRows.Twin twin = part.named().get(0);
    findings
        .addObject()
        .put("check", part.sameTime() ? "identical-rows" : "repeated-rows")
        .put("severity", part.sameTime() && many ? LEAK : WARNING)
        .put(
            "message",
            String.format(
                Locale.ROOT,
                "%d of %d rows in %s (%.2f percent, allowed %.2f) have the user, item, features and"
                    + " labels of a row in training%s, first sample_id %d like %d",
                part.inTraining(),
                part.rows(),
                part.split(),
                100 * part.share(),
                100 * plan.identicalShare(),
                part.sameTime()
                    ? " and its time"
                    : " at any time, so a model may remember them instead of learning",
                twin.sampleId(),
                twin.trainingId()))
        .put("split", part.split());
  }

  private static void describe(ObjectNode json, IdenticalRows part) {
    json.put("split", part.split())
        .put("same_time", part.sameTime())
        .put("rows", part.rows())
        .put("in_training", part.inTraining())
        .put("share", part.share());
    ArrayNode twins = json.putArray("examples");
    for (IdenticalRows.Twin twin : part.named()) {
      // Texts: many readers of JSON round whole numbers beyond 2^53.
      twins
          .addObject()
          .put("sample_id", Long.toString(twin.sampleId()))
          .put("training_sample_id", Long.toString(twin.trainingId()));
    }
  }

  private static void rateDifference(ArrayNode findings, RateDifference difference) {
    ObjectNode json =
        findings
            .addObject()
            .put("check", difference.betweenLabels() ? "rate-by-label" : "rate-by-split")
            .put("severity", WARNING)
            .put("message", difference.message())
            .put("field", difference.field().name())
            .put("kind", text(difference.kind()))
            .put("difference", difference.difference())
            .put("z_score", difference.zScore())
            .put("id_dropout", difference.field().idDropout());
    part(json.putObject("first"), difference.first(), difference.one());
    part(json.putObject("second"), difference.second(), difference.other());
  }

  private void describe(ArrayNode list, ValueRates rates) {
    for (FieldPlan field : rates.fields()) {
      for (Kind kind : Kind.values()) {
        for (String split : rates.splits()) {
          List<Part> parts = new ArrayList<>();
          parts.add(Part.ofSplit(split));
          for (TaskPlan task : plan.tasks()) {
            parts.add(new Part(split, Optional.of(task.name()), 1));
            parts.add(new Part(split, Optional.of(task.name()), 0));
          }
          for (Part part : parts) {
            Rate rate = rates.rate(field, kind, part);
            part(list.addObject().put("field", field.name()).put("kind", text(kind)), part, rate);
          }
        }
      }
    }
  }

  private static void part(ObjectNode json, Part part, Rate rate) {
    json.put("split", part.split());
    json.put("task", part.task().orElse(null));
    json.put("label", part.task().isPresent() ? (Integer) part.label() : null);
    json.put("rows", rate.rows()).put("affected", rate.affected()).put("rate", rate.value());
  }

  private String modeText() {
    return plan.mode().name().toLowerCase(Locale.ROOT);
  }

  private static String text(Kind kind) {
    return kind.name().toLowerCase(Locale.ROOT);
  }
}
