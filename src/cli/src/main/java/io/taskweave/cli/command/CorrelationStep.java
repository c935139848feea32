package io.taskweave.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.core.correlation.CorrelationMatrix;
import io.taskweave.core.correlation.LearntCorrelation;
import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.format.ModelFile;
import io.taskweave.core.parameter.Parameter;
import io.taskweave.core.parameter.ParameterLayout;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.sample.Sequence;
import io.taskweave.core.sample.SequenceAttribute;
import io.taskweave.core.sequence.InterestSpec;
import io.taskweave.core.sequence.TemporalKind;
import io.taskweave.engine.training.RunFiles;
import io.taskweave.pipeline.dataset.DataSet;
import io.taskweave.pipeline.feature.EventEncoder;
import io.taskweave.pipeline.feature.FeatureEncoder;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/** Holds what a model has learnt of when and what beside what its samples say of it. */
final class CorrelationStep {
  static final String FILE = "correlation.json";
  private static final String TABLES = "embedding/";
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final FinishedRun run;

  CorrelationStep(FinishedRun run) {
    this.run = run;
  }

  /**
   * Writes {@code correlation.json} into the run's folder.
   *
   * @throws ConfigurationException if the model has no such learnt correlation, or other columns
   *     than were counted
   */
  StepOutcome run(DataApplication application, PrintWriter out) {
    long start = System.nanoTime();
    run.requireItsSamples();
    Configuration hadoop = application.spark().sessionState().newHadoopConf();
    RunFolder folder = new RunFolder(run.path(), hadoop);
    JsonNode said = DataSet.open(run.dataSet("stc"), hadoop).manifest().summary();
    Learnt learnt = Learnt.read(hadoop, folder, said);
    Map<String, Integer> ids =
        new EventEncoder(FeatureEncoder.open(run.dataSet("samples")))
            .tokens(application.spark(), learnt.table()).collectAsList().stream()
                .collect(Collectors.toMap(row -> row.getString(1), row -> row.getInt(0)));
    ObjectNode content = JSON.createObjectNode();
    for (String key : List.of("sequence", "attribute", "task", "columns", "column_names")) {
      content.set(key, said.path(key));
    }
    ArrayNode targets = content.putArray("targets");
    for (JsonNode target : said.path("targets")) {
      targets.add(beside(target, learnt, ids, said.path("column_names")));
    }
    folder.writeText(FILE, content.toPrettyString() + "\n");
    StepOutcome outcome =
        new StepOutcome(
            "correlate",
            false,
            (System.nanoTime() - start) / 1e9,
            new Path(run.path(), FILE).toString());
    print(targets, out);
    out.println(outcome.line());
    out.flush();
    return outcome;
  }

  private static ObjectNode beside(
      JsonNode target, Learnt learnt, Map<String, Integer> ids, JsonNode columns) {
    List<String> behaviours = new ArrayList<>();
    List<Integer> rows = new ArrayList<>();
    double[][] bits = new double[target.path("behaviours").size()][columns.size()];
    for (JsonNode behaviour : target.path("behaviours")) {
      for (int column = 0; column < columns.size(); column++) {
        bits[behaviours.size()][column] = behaviour.path("corrected_bits").path(column).asDouble();
      }
      String name = behaviour.path("behaviour").asText();
      behaviours.add(name);
      rows.add(ids.get(name));
    }
    String name = target.path("target").asText();
    CorrelationMatrix data = new CorrelationMatrix(bits);
    ObjectNode record = JSON.createObjectNode().put("target", name);
    record.set("behaviours", JSON.valueToTree(behaviours));
    record.set("data", described(data, behaviours, columns));
    ArrayNode views = record.putArray("learnt");
    for (String view : learnt.views()) {
      LearntCorrelation of = learnt.of(view, rows, ids.get(name), columns.size());
      CorrelationMatrix formula = of.formula();
      CorrelationMatrix script = of.script();
      ObjectNode described = described(formula, behaviours, columns).put("view", view);
      described.put("pearson", formula.pearson(data)).put("spearman", formula.spearman(data));
      described.set("script", JSON.valueToTree(cells(script)));
      described.put("script_pearson", script.pearson(data));
      described.put("script_spearman", script.spearman(data));
      views.add(described);
    }
    return record;
  }

  private static ObjectNode described(
      CorrelationMatrix matrix, List<String> behaviours, JsonNode columns) {
    ObjectNode described = JSON.createObjectNode();
    described.set("cells", JSON.valueToTree(cells(matrix)));
    described.set("row_means", JSON.valueToTree(matrix.rowMeans()));
    CorrelationMatrix.Cell peak = matrix.peak();
    described
        .putObject("peak")
        .put("behaviour", behaviours.get(peak.row()))
        .put("column", columns.path(peak.column()).asText());
    return described;
  }

  private static double[][] cells(CorrelationMatrix matrix) {
    double[][] cells = new double[matrix.rows()][matrix.columns()];
    for (int row = 0; row < cells.length; row++) {
      for (int column = 0; column < cells[row].length; column++) {
        cells[row][column] = matrix.value(row, column);
      }
    }
    return cells;
  }

  private void print(ArrayNode targets, PrintWriter out) {
    out.println("Correlation of when and what, learnt by " + run.path().getName() + " and in data");
    for (JsonNode target : targets) {
      for (JsonNode view : target.path("learnt")) {
        out.println(
            String.format(
                Locale.ROOT,
                "  %-12s %-10s peak %s at %s, in data %s at %s; Pearson %.2f, Spearman %.2f",
                target.path("target").asText(),
                view.path("view").asText(),
                view.path("peak").path("behaviour").asText(),
                view.path("peak").path("column").asText(),
                target.path("data").path("peak").path("behaviour").asText(),
                target.path("data").path("peak").path("column").asText(),
                view.path("pearson").asDouble(),
                view.path("spearman").asDouble()));
      }
    }
  }

  /** A model's best weights, where they hold the counted sequence. */
  private record Learnt(
      ModelFile model,
      ParameterLayout layout,
      ParameterStorage weights,
      String sequence,
      SequenceAttribute attribute) {
    static Learnt read(Configuration hadoop, RunFolder folder, JsonNode said) {
      ModelFile model = RunFiles.readModel(hadoop, folder.file("best"));
      InterestSpec interest = model.model().embedding().interest();
      boolean positions = said.path("columns").asText().equals("positions");
      TemporalKind other = positions ? TemporalKind.INTERVAL : TemporalKind.POSITION;
      if (!LearntCorrelation.isDefined(interest) || interest.temporal().kind() == other) {
        throw new ConfigurationException(
            String.format(
                "Cannot read a learnt correlation by %s of %s: the model's attention is of kind %s"
                    + " and its temporal encoding %s, count what it encodes",
                said.path("columns").asText(),
                folder.path(),
                interest.attention(),
                interest.temporal().kind()));
      }
      ParameterLayout layout = model.model().create(model.samples()).parameters();
      float[] weights =
          RunFiles.readWeights(hadoop, folder.file("best/" + RunFiles.WEIGHTS), layout);
      String sequence = said.path("sequence").asText();
      SequenceAttribute attribute =
          model.samples().sequences().stream()
              .filter(each -> each.name().equals(sequence))
              .map(Sequence::attributes)
              .flatMap(List::stream)
              .filter(each -> each.name().equals(said.path("attribute").asText()))
              .findFirst()
              .orElseThrow(
                  () ->
                      new ConfigurationException(
                          "Cannot read a learnt correlation: the model has no sequence as was"
                              + " counted ("
                              + sequence
                              + "), count one that it reads"));
      return new Learnt(
          model, layout, ParameterStorage.flat(layout, weights, 0), sequence, attribute);
    }

    String table() {
      return attribute.table();
    }

    /** Names of the embeddings of the attribute, one a set of tables. */
    List<String> views() {
      String end = "/" + attribute.table();
      return layout.parameters().stream()
          .map(Parameter::name)
          .filter(name -> name.startsWith(TABLES) && name.endsWith(end))
          .map(name -> name.substring(TABLES.length(), name.length() - end.length()))
          .toList();
    }

    LearntCorrelation of(String view, List<Integer> behaviours, int target, int columns) {
      return LearntCorrelation.of(
          model.model().embedding().interest(),
          model.samples(),
          layout,
          weights,
          view,
          sequence,
          attribute.name(),
          behaviours,
          target,
          columns);
    }
  }
}
