package io.taskweave.cli.report;

import io.taskweave.core.dominance.ScaleExperiment;
import io.taskweave.core.dominance.ScaleExperiment.Method;
import io.taskweave.core.dominance.ScaleExperiment.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** One self-contained HTML page about the synthetic experiment on the scale of a task's loss. */
public final class DominancePage {
  private DominancePage() {}

  /**
   * Draws the page.
   *
   * @param outcomes by scale, each with one of Adam and one of AdaTask; not empty
   */
  public static String html(ScaleExperiment experiment, List<Outcome> outcomes) {
    List<Outcome> adam = of(outcomes, Method.ADAM);
    List<Outcome> adaTask = of(outcomes, Method.ADATASK);
    Markup page = new Markup();
    page.trusted("<!DOCTYPE html>\n").open("html", "lang", "en").open("head");
    page.empty("meta", "charset", "utf-8");
    page.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
    page.empty("meta", "name", "color-scheme", "content", "light dark");
    page.element("title", "Dominance experiment").open("style").trusted(Report.styleSheet());
    page.close().close().open("body").open("header");
    page.element("p", "Synthetic experiment", "class", "kicker");
    page.element("h1", "What the scale of one loss does to the other task").close();
    page.open("main", "id", "content");
    page.element("p", sentence(adam, adaTask), "class", "headline");
    Section.note(page, setUp(experiment));
    draw(page, adam, adaTask);
    table(page, adam, adaTask);
    return page.close().close().close().toString();
  }

  private static List<Outcome> of(List<Outcome> outcomes, Method method) {
    return outcomes.stream().filter(outcome -> outcome.method() == method).toList();
  }

  private static String sentence(List<Outcome> adam, List<Outcome> adaTask) {
    Outcome first = adam.get(0);
    Outcome last = adam.get(adam.size() - 1);
    return String.format(
        Locale.ROOT,
        "Under Adam the loss of task 1 goes from %s to %s as the scale of task 2 goes from %s to %s,"
            + " and its median share of the updates from %s to %s. Under AdaTask no loss differs by"
            + " more than %.1e from one scale to another.",
        Figures.score(first.firstLoss()),
        Figures.score(last.firstLoss()),
        Figures.digits(first.scale()),
        Figures.digits(last.scale()),
        Figures.percent(first.firstShare()),
        Figures.percent(last.firstShare()),
        Math.max(spread(adaTask, Outcome::firstLoss), spread(adaTask, Outcome::secondLoss)));
  }

  private static double spread(List<Outcome> outcomes, ToDoubleFunction<Outcome> value) {
    double[] sorted = outcomes.stream().mapToDouble(value).sorted().toArray();
    return sorted[sorted.length - 1] - sorted[0];
  }

  private static String setUp(ScaleExperiment experiment) {
    return String.format(
        Locale.ROOT,
        "Two tasks with quadratic losses whose minima differ share 20 weights; every gradient"
            + " carries fresh noise of deviation 0.3, and all that comes from task 2 is multiplied"
            + " by the scale. %,d steps at a learning rate of %s, seed %d. A task's update average"
            + " is that of its squared steps with decay %s; its share is that average over the sum"
            + " of both, shown is the median over weights. Losses are without scale and noise.",
        experiment.steps(),
        Figures.digits(ScaleExperiment.LEARNING_RATE),
        experiment.seed(),
        Figures.digits(ScaleExperiment.DECAY));
  }

  private static void draw(Markup page, List<Outcome> adam, List<Outcome> adaTask) {
    Plot plots = new Plot();
    page.open("div", "class", "plots");
    String axis = "Loss of task 1";
    plots.lines(page, "Task 1 under Adam, by scale", "Step", axis, trajectories(adam));
    plots.lines(
        page,
        "Task 1 under AdaTask, by scale (the lines lie on each other)",
        "Step",
        axis,
        trajectories(adaTask));
    plots.logLines(
        page,
        "Loss of task 1 at the end",
        "Scale of task 2",
        "Loss",
        List.of(
            atEnd("Adam", 1, adam, Outcome::firstLoss),
            atEnd("AdaTask", 0, adaTask, Outcome::firstLoss)));
    plots.lines(
        page,
        "Share of task 1 at the end",
        "Scale of task 2, powers of ten",
        "Percent",
        List.of(share("Adam", 1, adam), share("AdaTask", 0, adaTask)));
    page.close();
  }

  private static List<Curve> trajectories(List<Outcome> outcomes) {
    List<Curve> curves = new ArrayList<>();
    for (Outcome outcome : outcomes) {
      // Of lines that lie on each other, dashes let the one below be seen.
      boolean last = outcomes.size() > 1 && curves.size() == outcomes.size() - 1;
      Curve curve = new Curve("scale " + Figures.digits(outcome.scale()), curves.size(), last);
      outcome.trajectory().forEach(point -> curve.add(point.step(), point.firstLoss()));
      curves.add(curve);
    }
    return curves;
  }

  private static Curve atEnd(
      String name, int colour, List<Outcome> outcomes, ToDoubleFunction<Outcome> value) {
    Curve curve = new Curve(name, colour);
    outcomes.forEach(outcome -> curve.add(outcome.scale(), value.applyAsDouble(outcome)));
    return curve;
  }

  private static Curve share(String name, int colour, List<Outcome> outcomes) {
    Curve curve = new Curve(name, colour);
    outcomes.forEach(outcome -> curve.add(Math.log10(outcome.scale()), 100 * outcome.firstShare()));
    return curve;
  }

  private static void table(Markup page, List<Outcome> adam, List<Outcome> adaTask) {
    String[] columns = {"Loss of task 1", "Loss of task 2", "Median share of task 1"};
    Table table =
        new Table("At the last step", "Scale").figures("Adam", columns).figures("AdaTask", columns);
    for (int i = 0; i < adam.size(); i++) {
      List<String> row = new ArrayList<>(List.of(Figures.digits(adam.get(i).scale())));
      for (Outcome outcome : List.of(adam.get(i), adaTask.get(i))) {
        row.add(Figures.score(outcome.firstLoss()));
        row.add(Figures.score(outcome.secondLoss()));
        row.add(Figures.percent(outcome.firstShare()));
      }
      table.row(row);
    }
    table.write(page);
  }
}
