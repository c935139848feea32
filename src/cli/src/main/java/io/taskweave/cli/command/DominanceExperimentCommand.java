package io.taskweave.cli.command;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.taskweave.cli.report.DominancePage;
import io.taskweave.core.dominance.ScaleExperiment;
import io.taskweave.core.dominance.ScaleExperiment.Method;
import io.taskweave.core.dominance.ScaleExperiment.Outcome;
import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.error.OutputConflictException;
import java.io.IOException;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "dominance",
    mixinStandardHelpOptions = true,
    description = {
      "Minimises two conflicting noisy losses together, by Adam and by AdaTask, while one of them",
      "counts more and more: the other task loses under Adam, and AdaTask does not mind. Needs no",
      "data; prints a table, and writes dominance.json and dominance.html."
    },
    footer = {"", "Example:", "  taskweave experiment dominance --scales 1,10,100,1000"})
final class DominanceExperimentCommand implements Callable<Integer> {
  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Seed of the losses and of their noise (default: ${DEFAULT-VALUE}).")
  private long seed = 1;

  @Option(
      names = "--steps",
      paramLabel = "N",
      description = "Steps of each minimisation (default: ${DEFAULT-VALUE}).")
  private int steps = 1000;

  @Option(
      names = "--scales",
      paramLabel = "S",
      split = ",",
      description = "Factors of the second loss (default: 1,10,100,1000).")
  private List<Double> scales = List.of(1.0, 10.0, 100.0, 1000.0);

  @Option(
      names = "--output",
      paramLabel = "DIR",
      description = "Folder of the two files (default: ${DEFAULT-VALUE}).")
  private Path output = Path.of("work", "dominance");

  @Spec private CommandSpec spec;

  /** What the JSON file holds. */
  private record Results(
      @JsonProperty("format_version") int version,
      ScaleExperiment experiment,
      double learningRate,
      double decay,
      List<Outcome> outcomes) {}

  @Override
  public Integer call() {
    if (steps < 1) {
      throw new ConfigurationException(
          "Cannot run the experiment: --steps must be at least 1 (" + steps + ")");
    }
    for (double scale : scales) {
      if (!(scale > 0) || scale > 1e9) {
        throw new ConfigurationException(
            "Cannot run the experiment: --scales must be positive and at most 1e9 (" + scale + ")");
      }
    }
    ScaleExperiment experiment = new ScaleExperiment(seed, steps);
    PrintWriter out = spec.commandLine().getOut();
    out.println("          |            Adam             |           AdaTask");
    out.println("    scale |   loss 1   loss 2/s share 1 |   loss 1   loss 2/s share 1");
    List<Outcome> outcomes = new ArrayList<>();
    for (double scale : scales.stream().distinct().sorted().toList()) {
      Outcome adam = experiment.run(Method.ADAM, scale);
      Outcome adaTask = experiment.run(Method.ADATASK, scale);
      out.println(
          String.format(Locale.ROOT, "%9s |%s |%s", digits(scale), cells(adam), cells(adaTask)));
      outcomes.add(adam);
      outcomes.add(adaTask);
    }
    write(experiment, outcomes);
    out.println("plot in " + output.resolve("dominance.html"));
    out.flush();
    return 0;
  }

  private static String digits(double scale) {
    return BigDecimal.valueOf(scale).stripTrailingZeros().toPlainString();
  }

  private static String cells(Outcome outcome) {
    return String.format(
        Locale.ROOT,
        " %8.4g %10.4g %7.5f",
        outcome.firstLoss(),
        outcome.secondLoss(),
        outcome.firstShare());
  }

  private void write(ScaleExperiment experiment, List<Outcome> outcomes) {
    Results results =
        new Results(1, experiment, ScaleExperiment.LEARNING_RATE, ScaleExperiment.DECAY, outcomes);
    JsonMapper json =
        JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();
    try {
      Files.createDirectories(output);
      Files.writeString(
          output.resolve("dominance.json"),
          json.writerWithDefaultPrettyPrinter().writeValueAsString(results) + "\n");
      Files.writeString(output.resolve("dominance.html"), DominancePage.html(experiment, outcomes));
    } catch (IOException failure) {
      throw new OutputConflictException(
          "Cannot write the experiment: " + failure + ", choose another --output (" + output + ")",
          failure);
    }
  }
}
