package io.taskweave.cli.command;

import io.taskweave.cli.configuration.CorrelationConfiguration;
import io.taskweave.cli.configuration.FeatureConfiguration;
import io.taskweave.cli.configuration.FieldConfiguration;
import io.taskweave.cli.configuration.GroupConfiguration;
import io.taskweave.cli.configuration.ImportConfiguration;
import io.taskweave.cli.configuration.NegativesConfiguration;
import io.taskweave.cli.configuration.PipelineConfiguration;
import io.taskweave.cli.configuration.SplitConfiguration;
import io.taskweave.cli.configuration.TaskConfiguration;
import io.taskweave.cli.configuration.ValidationConfiguration;
import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.sample.Pooling;
import io.taskweave.core.sample.SampleColumns;
import io.taskweave.pipeline.analyse.AnalysisStage;
import io.taskweave.pipeline.analyse.CorrelationPlan;
import io.taskweave.pipeline.analyse.CorrelationStage;
import io.taskweave.pipeline.audit.AuditPlan;
import io.taskweave.pipeline.audit.SampleAudit;
import io.taskweave.pipeline.dataset.Stage;
import io.taskweave.pipeline.feature.Derivation;
import io.taskweave.pipeline.feature.FeaturePlan;
import io.taskweave.pipeline.feature.FeatureStage;
import io.taskweave.pipeline.feature.FieldPlan;
import io.taskweave.pipeline.feature.TaskPlan;
import io.taskweave.pipeline.group.GroupPlan;
import io.taskweave.pipeline.group.GroupStage;
import io.taskweave.pipeline.history.HistoryAudit;
import io.taskweave.pipeline.history.HistoryPlan;
import io.taskweave.pipeline.history.HistoryStage;
import io.taskweave.pipeline.importing.DuplicateRule;
import io.taskweave.pipeline.importing.ImportPlan;
import io.taskweave.pipeline.importing.LogImport;
import io.taskweave.pipeline.importing.SideTable;
import io.taskweave.pipeline.importing.TableFormat;
import io.taskweave.pipeline.sampling.NegativeSampling;
import io.taskweave.pipeline.sampling.SamplingPlan;
import io.taskweave.pipeline.split.SplitRule;
import io.taskweave.pipeline.split.SplitStage;
import io.taskweave.pipeline.validate.LogValidation;
import io.taskweave.pipeline.validate.ValidationPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.hadoop.fs.Path;

/** Turns a configuration into the stages that prepare data. */
final class DataStages {
  private final PipelineConfiguration configuration;

  DataStages(PipelineConfiguration configuration) {
    this.configuration = configuration;
  }

  /** All stages before training, in their order. */
  List<Stage> all() {
    List<Stage> stages = new ArrayList<>();
    stages.add(importing());
    if (configuration.validation().contract().isPresent()) {
      stages.add(validation());
    }
    if (configuration.negatives().enabled()) {
      stages.add(negatives());
    }
    stages.add(split());
    stages.add(features());
    stages.addAll(histories());
    stages.add(sampleAudit());
    stages.add(analysis());
    if (grouped()) {
      stages.add(groups());
    }
    return stages;
  }

  /** Whether users are told into groups; one task has nothing to compare. */
  boolean grouped() {
    return configuration.groups().enabled() && configuration.tasks().size() > 1;
  }

  Path folder(String name) {
    return new Path(configuration.workspace().workspace(), name);
  }

  Stage importing() {
    return new LogImport(importPlan(), folder("log"));
  }

  Stage validation() {
    String contract =
        configuration
            .validation()
            .contract()
            .orElseThrow(
                () ->
                    new ConfigurationException(
                        "Cannot validate the log: validate.contract is missing, name a contract"
                            + " such as data-schemas/kuairand.odcs.yaml"));
    return new LogValidation(
        new ValidationPlan(
            contract,
            validationMode(),
            configuration.validation().maxRowCountChange(),
            configuration.validation().dayTolerance(),
            configuration.importing().zone(),
            configuration.validation().offendersNamed(),
            configuration.tasks().stream()
                .map(TaskConfiguration::label)
                .filter(label -> !isSampled(label))
                .toList(),
            configuration.features().fields().stream().map(FieldConfiguration::column).toList()),
        folder("log"),
        folder("validation"));
  }

  /** Whether a label is made by sampling negatives, and not in the imported log. */
  private boolean isSampled(String label) {
    return configuration.negatives().enabled() && configuration.negatives().label().equals(label);
  }

  Stage negatives() {
    NegativesConfiguration negatives = configuration.negatives();
    if (!negatives.enabled()) {
      throw new ConfigurationException(
          "Cannot sample negatives: negatives.per-positive is 0, set how many each positive gets");
    }
    return new NegativeSampling(
        new SamplingPlan(
            configuration.features().user(),
            configuration.features().item(),
            negatives.itemColumns(),
            negatives.label(),
            negatives.perPositive(),
            negatives.pool(),
            negatives.leaveOut(),
            negatives.users(),
            negatives.minimumHistory(),
            configuration.workspace().seed()),
        folder("log"),
        validated(),
        folder("labelled"));
  }

  /** Findings about the log, where it is checked. */
  private Optional<Path> validated() {
    return configuration.validation().contract().map(contract -> folder("validation"));
  }

  /** The log with labels: the imported one, or the one with sampled negatives. */
  private Path labelledLog() {
    return folder(configuration.negatives().enabled() ? "labelled" : "log");
  }

  /** Histories and their check against the log; none where samples see none. */
  List<Stage> histories() {
    return configuration
        .history()
        .plan()
        .map(
            plan ->
                List.<Stage>of(
                    new HistoryStage(
                        plan, folder("log"), validated(), folder("samples"), folder("history")),
                    new HistoryAudit(
                        plan,
                        configuration.history().auditSamples(),
                        configuration.workspace().seed(),
                        folder("log"),
                        validated(),
                        folder("samples"),
                        folder("history"),
                        folder("history-audit"))))
        .orElse(List.of());
  }

  /** What the samples say about when and what. */
  Stage correlations() {
    CorrelationConfiguration stc = configuration.correlation();
    HistoryPlan histories =
        configuration
            .history()
            .plan()
            .orElseThrow(
                () ->
                    new ConfigurationException(
                        "Cannot measure correlations: the samples see no histories"
                            + " (history.sequences is missing), describe at least one"));
    HistoryPlan.SequencePlan sequence =
        histories.sequences().stream()
            .filter(each -> each.name().equals(stc.sequence().orElse(each.name())))
            .findFirst()
            .orElseThrow(
                () ->
                    new ConfigurationException(
                        "Cannot measure correlations: there is no sequence of the name of"
                            + " stc.sequence ("
                            + stc.sequence().orElse("")
                            + "), choose another"));
    return new CorrelationStage(
        new CorrelationPlan(
            histories,
            sequence.name(),
            stc.attribute()
                .orElseGet(
                    () ->
                        sequence.attributes().stream()
                            .filter(attribute -> !attribute.field().isEmpty())
                            .map(HistoryPlan.AttributePlan::name)
                            .findFirst()
                            .orElse("")),
            stc.task().orElse(configuration.tasks().get(0).name()),
            stc.targets(),
            stc.targetCount(),
            stc.behaviours(),
            stc.behaviourCount(),
            stc.positions(),
            stc.intervals(),
            stc.replicates(),
            configuration.workspace().seed()),
        folder("samples"),
        folder("history"),
        folder("stc"));
  }

  /** Searches the samples for leaks; it follows the features. */
  Stage sampleAudit() {
    ValidationConfiguration.Audit audit = configuration.validation().audit();
    return new SampleAudit(
        new AuditPlan(
            fieldPlans(),
            taskPlans(),
            validationMode(),
            audit.rateDifference(),
            audit.zScore(),
            audit.identicalShare(),
            configuration.validation().offendersNamed()),
        folder("samples"),
        folder("audit"));
  }

  private ValidationPlan.Mode validationMode() {
    return ValidationPlan.Mode.valueOf(configuration.validation().mode().toUpperCase(Locale.ROOT));
  }

  private List<FieldPlan> fieldPlans() {
    return configuration.features().fields().stream().map(this::field).toList();
  }

  private List<TaskPlan> taskPlans() {
    return configuration.tasks().stream()
        .map(task -> new TaskPlan(task.name(), task.label()))
        .toList();
  }

  Stage split() {
    return new SplitStage(
        splitRule(), configuration.features().user(), labelledLog(), folder("split"));
  }

  Stage features() {
    FeatureConfiguration features = configuration.features();
    FeaturePlan plan =
        new FeaturePlan(
            features.user(),
            features.item(),
            fieldPlans(),
            taskPlans(),
            features.weight().orElse(""),
            features.streams(),
            splitRule(),
            List.of(),
            false,
            FeaturePlan.DEFAULT_BROADCAST_LIMIT);
    // What a validation sets apart gets no negatives and is not in the labelled log.
    return configuration.validation().contract().isPresent() && !configuration.negatives().enabled()
        ? new FeatureStage(plan, folder("log"), folder("validation"), folder("samples"))
        : new FeatureStage(plan, labelledLog(), folder("samples"));
  }

  Stage analysis() {
    return new AnalysisStage(
        folder("samples"),
        folder("analysis"),
        configuration.tasks().stream().map(TaskConfiguration::name).toList());
  }

  Stage groups() {
    GroupConfiguration groups = configuration.groups();
    GroupPlan plan =
        new GroupPlan(
            configuration.tasks().stream().map(TaskConfiguration::name).toList(),
            groups.kappa(),
            groups.normalise(),
            groups.method().equals("tertiles")
                ? GroupPlan.Method.TERTILES
                : GroupPlan.Method.LOG_RATIO,
            groups.sweep());
    return new GroupStage(folder("samples"), folder("groups"), plan, splitRule().separatesUsers());
  }

  private SplitRule splitRule() {
    SplitConfiguration split = configuration.split();
    long seed = configuration.workspace().seed();
    return switch (split.rule()) {
      case "date" -> new SplitRule.ByDate(split.column(), split.validFrom(), split.testFrom());
      case "time" ->
          new SplitRule.ByTime(Long.parseLong(split.validFrom()), Long.parseLong(split.testFrom()));
      case "last-out" ->
          new SplitRule.LeaveLastOut(
              configuration.negatives().enabled()
                  ? NegativeSampling.POSITIVE_ID
                  : SampleColumns.SAMPLE_ID);
      case "user" -> new SplitRule.ByUser(split.validShare(), split.testShare(), seed);
      default -> new SplitRule.Random(split.validShare(), split.testShare(), seed);
    };
  }

  private FieldPlan field(FieldConfiguration field) {
    FieldPlan.Builder builder =
        switch (field.kind()) {
          case "multi-valued" -> FieldPlan.multiValued(field.name());
          case "numeric" -> FieldPlan.numeric(field.name());
          default -> FieldPlan.categorical(field.name());
        };
    return builder
        .column(field.column())
        .table(field.table())
        .derivation(
            switch (field.derive()) {
              case "first" -> Derivation.FIRST_OF_LIST;
              case "hour" -> Derivation.HOUR_OF_HHMM;
              case "hour-of-time" -> Derivation.HOUR_OF_TIME;
              case "day-of-week" -> Derivation.DAY_OF_WEEK_OF_TIME;
              default -> Derivation.NONE;
            })
        .separator(field.separator())
        .minimumCount(field.minimumCount())
        .hashBuckets(field.hashBuckets())
        .edges(field.edges())
        .quantiles(field.quantiles())
        .log(field.transforms().contains("log"))
        .clip(field.clipLow().orElse(null), field.clipHigh().orElse(null))
        .normalise(field.transforms().contains("normalise"))
        .missing(field.missing().orElse(null))
        .idDropout(field.idDropout())
        .pooling(Pooling.valueOf(field.pooling().toUpperCase(Locale.ROOT)))
        .maxValues(field.maxValues())
        .zone(configuration.importing().zone().getId())
        .build();
  }

  private ImportPlan importPlan() {
    ImportConfiguration importing = configuration.importing();
    String path =
        importing
            .path()
            .orElseThrow(
                () ->
                    new ConfigurationException(
                        "Cannot import a log: import.path is missing, set it or the variable that"
                            + " it names"));
    DuplicateRule duplicates = duplicates(importing.duplicates());
    ImportPlan known =
        switch (importing.layout()) {
          case "kuairand" -> ImportPlan.kuaiRand(path, importing.zone(), duplicates);
          case "tiktok" -> ImportPlan.tikTok(path, importing.zone(), duplicates);
          case "globo" -> ImportPlan.globo(path, importing.zone(), duplicates);
          case "amazon" ->
              ImportPlan.amazon(
                  path,
                  importing.format().equals("json") ? TableFormat.Kind.JSON : TableFormat.Kind.CSV,
                  importing.zone(),
                  duplicates);
          default ->
              new ImportPlan(
                  path,
                  ImportConfiguration.tableFormat(
                      importing.format(), importing.header(), importing.columns()),
                  importing.timeColumn(),
                  ImportPlan.TimeUnit.valueOf(importing.timeUnit().toUpperCase(Locale.ROOT)),
                  importing.zone(),
                  importing.dayColumn(),
                  importing.dayFormat(),
                  duplicates,
                  List.of());
        };
    List<SideTable> sides = new ArrayList<>(known.sideTables());
    for (ImportConfiguration.SideTable side : importing.sideTables()) {
      sides.add(
          new SideTable(
              side.path(),
              ImportConfiguration.tableFormat(side.format(), true, List.of()),
              side.key(),
              side.logKey(),
              side.columns(),
              side.asOf()));
    }
    return new ImportPlan(
        known.path(),
        known.format(),
        known.timeColumn(),
        known.timeUnit(),
        known.zone(),
        importing.dayColumn().isPresent() ? importing.dayColumn() : known.dayColumn(),
        importing.dayColumn().isPresent() ? importing.dayFormat() : known.dayPattern(),
        known.duplicates(),
        sides);
  }

  private static DuplicateRule duplicates(ImportConfiguration.Duplicates duplicates) {
    return switch (duplicates.rule()) {
      case "keep" -> new DuplicateRule.KeepAll();
      case "key" ->
          new DuplicateRule.ByKey(
              duplicates.key(),
              switch (duplicates.survivor()) {
                case "last-time" -> DuplicateRule.Survivor.LAST_TIME;
                case "max" -> DuplicateRule.Survivor.MAXIMUM;
                default -> DuplicateRule.Survivor.FIRST_TIME;
              },
              duplicates.column().orElse(""));
      default -> new DuplicateRule.ExactRows();
    };
  }
}
