package io.taskweave.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
import io.taskweave.cli.report.TransferInputs.Difference;
import io.taskweave.cli.report.TransferInputs.Transfer;
import io.taskweave.core.error.OutputConflictException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/** One self-contained HTML page about an experiment: whether sharing hurts, whom, and how much. */
public final class TransferPage {
  private final Path folder;
  private final Configuration configuration;
  private final TransferInputs inputs;
  private final Markup page = new Markup();
  private final Plot plots = new Plot();

  private TransferPage(Path folder, Configuration configuration, TransferInputs inputs) {
    this.folder = folder;
    this.configuration = configuration;
    this.inputs = inputs;
  }

  /**
   * Reads the files of an experiment's folder.
   *
   * @throws io.taskweave.core.error.InputRejectedException if a file is not readable
   */
  public static TransferPage read(Path folder, Configuration configuration) {
    return new TransferPage(folder, configuration, TransferInputs.read(folder, configuration));
  }

  /** What each task gains or loses, in plain words. */
  public List<String> sentences() {
    return new TransferSentences(inputs).all();
  }

  /**
   * Writes {@code report.html} into the folder.
   *
   * @return its path
   */
  public Path write() {
    Path path = new Path(folder, Report.FILE);
    try (OutputStream out = path.getFileSystem(configuration).create(path, true)) {
      out.write(html().getBytes(StandardCharsets.UTF_8));
    } catch (IOException failure) {
      throw new OutputConflictException(
          "Cannot write " + path + ": " + failure.getMessage() + ", check the folder", failure);
    }
    return path;
  }

  private String html() {
    String name = inputs.experiment().path("name").asText();
    page.trusted("<!DOCTYPE html>\n").open("html", "lang", "en").open("head");
    page.empty("meta", "charset", "utf-8");
    page.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
    page.empty("meta", "name", "color-scheme", "content", "light dark");
    page.element("title", name + " · " + question());
    page.open("style").trusted(Report.styleSheet()).close().close();
    page.open("body").open("header");
    page.element("p", "Experiment " + name, "class", "kicker");
    page.element("h1", question());
    page.open("nav", "aria-label", "Sections");
    page.element("a", "Answer", "href", "#answer").element("a", "Differences", "href", "#transfer");
    page.element("a", "AUC", "href", "#table").element("a", "Models", "href", "#models");
    page.element("a", "Conflicting pairs", "href", "#conflicts");
    page.element("a", "What it cannot say", "href", "#limits")
        .element("a", "Cells", "href", "#cells");
    page.close().close().open("main");
    section("answer", "Answer", this::answer);
    section("transfer", "Differences to " + inputs.baseline(), this::differences);
    section("table", "AUC", () -> new GridTables(inputs).write(page));
    section("models", "Models", () -> new GridTables(inputs).models(page));
    section(
        "conflicts",
        "Conflicting pairs",
        () -> new ConflictFigures(inputs.conflicts(), inputs.baseline()).write(page, plots));
    section("limits", "What it cannot say", this::limits);
    section("cells", "Cells", () -> new GridTables(inputs).cells(page));
    return page.close().close().close().toString();
  }

  private String question() {
    return singleTask() ? "Does sharing hurt?" : "How do the models differ?";
  }

  private void section(String id, String title, Runnable content) {
    page.open("section", "id", id).element("h2", title);
    content.run();
    page.close();
  }

  private void answer() {
    List<String> sentences = sentences();
    if (sentences.isEmpty()) {
      Section.note(
          page,
          "There is nothing to compare: no other model than "
              + inputs.baseline()
              + " has finished, or the baseline has not.");
      return;
    }
    for (String task : inputs.tasks()) {
      page.element("h3", task).open("ul", "class", "findings");
      new TransferSentences(inputs).of(task).forEach(one -> page.element("li", one));
      page.close();
    }
    Section.note(
        page,
        "Each model is compared with "
            + inputs.baseline()
            + ". A point is a hundredth of AUC. In brackets stand 95 percent intervals over users"
            + " of the "
            + inputs.split()
            + " split, all seeds averaged. A model stops twice: at the common epoch, the best one"
            + " by mean validation AUC over tasks, and at each task's own best epoch. "
            + (singleTask()
                ? inputs.baseline()
                    + " trains each task by itself, so it always stands at the task's own epoch:"
                    + " what a model loses there is sharing itself, what it loses on top at the"
                    + " common epoch is only the stopping."
                : inputs.baseline() + " stops as the model does that it is compared with."));
  }

  private boolean singleTask() {
    return inputs.experiment().path("baseline_is_single_task").asBoolean();
  }

  private void differences() {
    if (inputs.transfer().isEmpty()) {
      Section.note(page, "No differences: see above.");
      return;
    }
    String comparable = inputs.comparable();
    Set<String> shown = new LinkedHashSet<>(List.of(comparable, MetricRow.ALL));
    page.open("div", "class", "plots");
    for (String task : inputs.tasks()) {
      for (String optimizer : inputs.optimizers()) {
        List<Transfer> models = inputs.of(task, optimizer, comparable);
        draw(task, optimizer + ", own epoch", models, Transfer::atOwnEpoch);
        draw(task, optimizer + ", common epoch", models, Transfer::atCommonEpoch);
      }
    }
    page.close();
    Section.note(
        page,
        "The plots show "
            + (comparable.equals(MetricRow.ALL) ? "all samples" : "samples of comparable users")
            + "; a line that crosses 0 says that the difference may be nothing.");
    for (String group : shown) {
      table(group).write(page);
    }
    page.element("h3", "Other groups");
    Section.note(
        page,
        "Users whom one task's feedback dominates in training, users without feedback, and users"
            + " whom training has not seen.");
    for (String group : inputs.transfer().stream().map(Transfer::group).distinct().toList()) {
      if (!shown.contains(group)) {
        Section.folded(page, group, table(group));
      }
    }
  }

  private void draw(
      String task, String what, List<Transfer> models, Function<Transfer, Difference> difference) {
    plots.intervals(
        page,
        task + ", " + what,
        "Points of AUC against " + inputs.baseline(),
        Math.max(0, inputs.tasks().indexOf(task)),
        new Mark("no difference", List.of(0.0)),
        models.stream().map(one -> row(one, difference.apply(one))).toList(),
        model -> model);
  }

  /** A line of a plot, named by the model. */
  private static MetricRow row(Transfer one, Difference difference) {
    return new MetricRow(
        "auc",
        one.task(),
        "",
        one.model(),
        "",
        MetricRow.COMMON_EPOCH,
        100 * difference.value(),
        one.rows(),
        one.positives(),
        -1,
        -1,
        100 * difference.low(),
        100 * difference.high(),
        "");
  }

  private Table table(String group) {
    String samples = group.equals(MetricRow.ALL) ? "all samples" : group;
    Table table =
        new Table(
            "Against " + inputs.baseline() + ", " + samples + " of " + inputs.split(),
            "Task",
            "Optimizer",
            "Model");
    table.figure("Baseline");
    table.figures("At the task's own epoch", "AUC", "Difference", "95 % interval", "sd of seeds");
    table.figures("At the common epoch", "AUC", "Difference", "95 % interval");
    table.figures("Only the stopping", "AUC", "95 % interval");
    table.figure("Rows").figure("Positives");
    for (Transfer one : sorted(group)) {
      List<String> cells = new ArrayList<>(List.of(one.task(), one.optimizer(), one.model()));
      cells.add(Figures.score(one.baseline()));
      cells.add(Figures.score(one.own()));
      add(cells, one.atOwnEpoch());
      cells.add(Figures.score(one.deviation()));
      cells.add(Figures.score(one.common()));
      add(cells, one.atCommonEpoch());
      add(cells, one.stopping());
      boolean mean = one.task().equals(MetricRow.MEAN);
      cells.add(Figures.known(mean ? -1 : one.rows()));
      cells.add(Figures.known(mean ? -1 : one.positives()));
      table.row(cells);
    }
    return table;
  }

  private List<Transfer> sorted(String group) {
    List<String> tasks = new ArrayList<>(inputs.tasks());
    tasks.add(MetricRow.MEAN);
    return tasks.stream()
        .flatMap(
            task ->
                inputs.optimizers().stream()
                    .flatMap(optimizer -> inputs.of(task, optimizer, group).stream()))
        .toList();
  }

  private static void add(List<String> cells, Difference difference) {
    cells.add(Figures.difference(difference.value()));
    cells.add(Figures.interval(difference.low(), difference.high()));
  }

  private void limits() {
    JsonNode experiment = inputs.experiment();
    Set<String> seeds = new LinkedHashSet<>();
    experiment.path("cells").forEach(cell -> seeds.add(cell.path("seed").asText()));
    page.open("ul", "class", "findings");
    List<String> limits = new ArrayList<>();
    if (!inputs.comparable().equals(MetricRow.ALL)) {
      limits.add(
          "The groups are ours: the STEM paper publishes neither their unit nor their threshold."
              + " Here a user is comparable while the normalised log-ratio of his positives in"
              + " training is at most ln κ, κ being "
              + Figures.plain(experiment.path("kappa"))
              + "; other values are in the report of each run.");
    }
    limits.addAll(
        List.of(
            seeds.size()
                + (seeds.size() == 1 ? " seed tells" : " seeds tell")
                + " little about the spread of trainings. The intervals are over "
                + Figures.plain(experiment.path("replicates"))
                + " resamplings of users with the trainings held fixed; the spread of trainings is"
                + " the deviation (sd) beside them, and no interval holds both.",
            "Small groups and rare labels have wide intervals: an interval that includes 0 does not"
                + " show that sharing is harmless.",
            "Many differences stand here at once, and one in twenty intervals misses by chance.",
            "The common and the own epochs, and the learning rates, are chosen on validation, which"
                + " favours no model by design but differs from the "
                + inputs.split()
                + " split."));
    if (singleTask()) {
      limits.add(
          "Single-task models of one run have separate weights, but end their run together, share"
              + " its learning-rate schedule and the bound of the gradient's norm.");
    }
    limits.forEach(limit -> page.element("li", limit));
    page.close();
    String failed =
        cells(experiment)
            .filter(cell -> !cell.path("status").asText().equals("finished"))
            .map(cell -> cell.path("run").asText() + " (" + cell.path("reason").asText() + ")")
            .collect(Collectors.joining("; "));
    if (!failed.isEmpty()) {
      page.element("p", "Not in any figure, because they failed: " + failed + ".");
    }
  }

  private static java.util.stream.Stream<JsonNode> cells(JsonNode experiment) {
    List<JsonNode> cells = new ArrayList<>();
    experiment.path("cells").forEach(cells::add);
    return cells.stream();
  }
}
