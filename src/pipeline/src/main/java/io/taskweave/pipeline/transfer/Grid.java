package io.taskweave.pipeline.transfer;

import io.taskweave.core.metric.Checkpoint;
import io.taskweave.pipeline.evaluate.Effect;
import io.taskweave.pipeline.evaluate.ReplicateRecord;
import io.taskweave.pipeline.transfer.GridCell.Setting;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/** The finished trainings of an experiment, read as a whole. */
public final class Grid {
  private final Map<Setting, List<GridCell>> cells = new LinkedHashMap<>();

  /** What tells one AUC of a training from the others. */
  private record Place(String task, String split, String group) {}

  /**
   * @param cells in the order of the table
   */
  public Grid(List<GridCell> cells) {
    for (GridCell cell : cells) {
      this.cells.computeIfAbsent(cell.setting(), any -> new ArrayList<>()).add(cell);
    }
  }

  /**
   * The learning rate that validation prefers, by its mean AUC over tasks at the common epoch and
   * over seeds; empty without a training.
   */
  public OptionalDouble chosenRate(String model, String optimizer) {
    Setting best = null;
    double most = Double.NEGATIVE_INFINITY;
    for (Map.Entry<Setting, List<GridCell>> entry : cells.entrySet()) {
      Setting setting = entry.getKey();
      double auc = mean(entry.getValue(), GridCell::validationAuc);
      if (setting.model().equals(model) && setting.optimizer().equals(optimizer) && auc > most) {
        most = auc;
        best = setting;
      }
    }
    return best == null ? OptionalDouble.empty() : OptionalDouble.of(best.learningRate());
  }

  /** Mean and deviation over seeds of every AUC. */
  public List<GridRecord> table() {
    List<GridRecord> records = new ArrayList<>();
    cells.forEach(
        (setting, seeds) -> {
          boolean chosen = isChosen(setting);
          for (ReplicateRecord auc : seeds.get(0).aucs()) {
            Place place = place(auc);
            List<ReplicateRecord> all = at(seeds, place, auc.checkpoint());
            double[] values = all.stream().mapToDouble(one -> one.values().get(0)).toArray();
            records.add(
                new GridRecord(
                    setting.model(),
                    setting.optimizer(),
                    setting.learningRate(),
                    chosen,
                    auc.task(),
                    auc.split(),
                    auc.group(),
                    auc.checkpoint(),
                    mean(values),
                    deviation(values),
                    mean(seeds, cell -> epoch(cell, auc)),
                    seeds.size(),
                    auc.rows(),
                    auc.positives()));
          }
        });
    return records;
  }

  private static double epoch(GridCell cell, ReplicateRecord auc) {
    if (auc.checkpoint() == Checkpoint.COMMON_EPOCH) {
      return cell.bestEpoch();
    }
    Integer own = cell.ownEpochs().get(auc.task());
    return own == null ? Double.NaN : own;
  }

  private boolean isChosen(Setting setting) {
    OptionalDouble rate = chosenRate(setting.model(), setting.optimizer());
    return rate.isPresent() && rate.getAsDouble() == setting.learningRate();
  }

  /**
   * Every model at its chosen rate against the baseline at its own, with the same optimizer, or
   * with the first one if the baseline has not been trained with it.
   *
   * @param singleTask whether the baseline trains each task by itself: it then has the task's own
   *     best epoch on both sides, and else the common one where the model has
   */
  public List<TransferRecord> transfer(String baseline, boolean singleTask, String split) {
    List<TransferRecord> records = new ArrayList<>();
    for (Setting setting : cells.keySet()) {
      if (setting.model().equals(baseline) || !isChosen(setting)) {
        continue;
      }
      Optional<Setting> against = baseline(baseline, setting.optimizer());
      if (against.isPresent()) {
        for (Place place : places(setting, split)) {
          records.add(transfer(setting, against.get(), place, singleTask));
        }
      }
    }
    return records;
  }

  private Optional<Setting> baseline(String model, String optimizer) {
    List<Setting> chosen =
        cells.keySet().stream()
            .filter(setting -> setting.model().equals(model) && isChosen(setting))
            .toList();
    return chosen.stream()
        .filter(setting -> setting.optimizer().equals(optimizer))
        .findFirst()
        .or(() -> chosen.stream().findFirst());
  }

  private Set<Place> places(Setting setting, String split) {
    Set<Place> places = new LinkedHashSet<>();
    for (ReplicateRecord auc : cells.get(setting).get(0).aucs()) {
      if (auc.split().equals(split)) {
        places.add(place(auc));
      }
    }
    return places;
  }

  private TransferRecord transfer(
      Setting setting, Setting against, Place place, boolean singleTask) {
    List<GridCell> seeds = cells.get(setting);
    List<GridCell> others = cells.get(against);
    ReplicateRecord common = mean(seeds, place, Checkpoint.COMMON_EPOCH);
    ReplicateRecord own = mean(seeds, place, Checkpoint.OWN_EPOCH);
    ReplicateRecord baselineOwn = mean(others, place, Checkpoint.OWN_EPOCH);
    ReplicateRecord baselineCommon =
        singleTask ? baselineOwn : mean(others, place, Checkpoint.COMMON_EPOCH);
    Effect atOwnEpoch = own.minus(baselineOwn);
    return new TransferRecord(
        setting.model(),
        setting.optimizer(),
        setting.learningRate(),
        against.learningRate(),
        place.task(),
        place.split(),
        place.group(),
        common.rows(),
        common.positives(),
        seeds.size(),
        baselineOwn.values().get(0),
        common.values().get(0),
        own.values().get(0),
        common.minus(baselineCommon),
        atOwnEpoch,
        common.minus(own),
        deviation(bySeed(seeds, others, place)));
  }

  /** Differences at own epochs between trainings of one seed. */
  private static double[] bySeed(List<GridCell> seeds, List<GridCell> others, Place place) {
    List<Double> differences = new ArrayList<>();
    for (GridCell cell : seeds) {
      others.stream()
          .filter(other -> other.seed() == cell.seed())
          .findFirst()
          .ifPresent(other -> differences.add(value(cell, place) - value(other, place)));
    }
    return differences.stream().mapToDouble(difference -> difference).toArray();
  }

  private static double value(GridCell cell, Place place) {
    return at(List.of(cell), place, Checkpoint.OWN_EPOCH).get(0).values().get(0);
  }

  private static ReplicateRecord mean(List<GridCell> seeds, Place place, Checkpoint checkpoint) {
    return ReplicateRecord.mean(at(seeds, place, checkpoint));
  }

  private static List<ReplicateRecord> at(
      List<GridCell> seeds, Place place, Checkpoint checkpoint) {
    return seeds.stream()
        .map(
            cell ->
                cell.aucs().stream()
                    .filter(auc -> auc.checkpoint() == checkpoint && place(auc).equals(place))
                    .findFirst()
                    .orElseThrow())
        .toList();
  }

  private static Place place(ReplicateRecord auc) {
    return new Place(auc.task(), auc.split(), auc.group());
  }

  private static double mean(List<GridCell> seeds, ToDoubleFunction<GridCell> value) {
    return mean(seeds.stream().mapToDouble(value).toArray());
  }

  private static double mean(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  private static double deviation(double[] values) {
    if (values.length < 2) {
      return Double.NaN;
    }
    double mean = mean(values);
    double squares = 0;
    for (double value : values) {
      squares += (value - mean) * (value - mean);
    }
    return Math.sqrt(squares / (values.length - 1));
  }
}
