package io.taskweave.engine.sharded;

import io.taskweave.core.layer.Vectors;
import io.taskweave.core.update.Adam;
import io.taskweave.core.update.RmsProp;
import io.taskweave.core.update.UpdateRule;
import java.util.Arrays;

/**
 * The steps by a gradient of zero that a row has missed. AdaGrad does nothing in them, and
 * RMSProp's mean square decays. With Adam the moments decay, and the weights go on by what is left
 * of the mean gradient: once that is nothing in a float, further steps only decay the moments.
 */
final class MissedSteps {
  /** Beyond it a row that comes back costs thousands of steps. */
  static final double LARGEST_BETA1 = 0.99;

  /** Of a mean gradient, what is nothing in a float. */
  private static final double NOTHING = 0x1p-30;

  private final UpdateRule rule;
  private final float[] stepWeights;
  private final RateHistory rates;
  private final float[] firstPowers;
  private final float[] rootPowers;
  private float[] correctedRates = {};
  private float[] rootCorrections = {};
  private int known;
  private float[] roots = {};
  private float[] distances = {};

  MissedSteps(ShardedPlan plan, RateHistory rates) {
    this.rule = plan.rule();
    this.stepWeights = plan.stepWeights();
    this.rates = rates;
    int replayed = rule instanceof Adam adam ? replayed(adam) : 0;
    this.firstPowers = new float[replayed];
    this.rootPowers = new float[replayed];
    if (rule instanceof Adam adam) {
      for (int k = 0; k < replayed; k++) {
        firstPowers[k] = (float) Math.pow(adam.beta1(), k + 1);
        rootPowers[k] = (float) Math.pow(adam.beta2(), (k + 1) / 2.0);
      }
    }
  }

  /** Missed steps after which a mean gradient is nothing in a float. */
  static int replayed(Adam adam) {
    return adam.beta1() == 0 ? 1 : (int) Math.ceil(Math.log(NOTHING) / Math.log(adam.beta1()));
  }

  /** Brings a row from one finished step to a later one. */
  void replay(RowLayout layout, float[] page, int row, int done, int upTo) {
    if (rule instanceof Adam adam) {
      replay(adam, layout, page, row, done, upTo);
    } else if (rule instanceof RmsProp rmsProp) {
      float keep = (float) Math.pow(rmsProp.decay(), upTo - done);
      for (int i = row + layout.weights(); i < row + layout.floats(); i++) {
        page[i] *= keep;
      }
    }
  }

  private void replay(Adam adam, RowLayout layout, float[] page, int row, int done, int upTo) {
    correct(adam, upTo);
    int missed = upTo - done;
    float keepFirst = (float) Math.pow(adam.beta1(), missed);
    float keepSecond = (float) Math.pow(adam.beta2(), missed);
    for (int view = 0; view < layout.views(); view++) {
      int states = layout.stateWidth(view);
      int tasks = states / layout.width(view);
      int weights = row + layout.weightOffset(view);
      int first = row + layout.stateOffset(view, 0);
      int second = row + layout.stateOffset(view, 1);
      roots = Vectors.atLeast(roots, states);
      distances = Vectors.atLeast(distances, states);
      Arrays.fill(distances, 0, states, 0f);
      for (int i = 0; i < states; i++) {
        roots[i] = (float) Math.sqrt(page[second + i]);
      }
      // Of the moments before, missed step k takes rate b1^k m / (sqrt(b2^k v) correction +
      // epsilon).
      for (int k = 0; k < Math.min(missed, firstPowers.length); k++) {
        int step = done + 1 + k;
        addDistances(
            states,
            correctedRates[step] * firstPowers[k],
            rootCorrections[step] * rootPowers[k],
            (float) adam.epsilon());
      }
      for (int i = 0; i < states; i++) {
        float factor = tasks > 1 && stepWeights.length > 0 ? stepWeights[i % tasks] : 1;
        page[weights + i / tasks] -= factor * page[first + i] * distances[i];
        page[first + i] *= keepFirst;
        page[second + i] *= keepSecond;
      }
    }
  }

  private void addDistances(int length, float share, float root, float epsilon) {
    for (int i = 0; i < length; i++) {
      distances[i] += share / (roots[i] * root + epsilon);
    }
  }

  private void correct(Adam adam, int step) {
    if (step >= correctedRates.length) {
      correctedRates = Arrays.copyOf(correctedRates, step + step / 2 + 64);
      rootCorrections = Arrays.copyOf(rootCorrections, correctedRates.length);
    }
    for (; known < step; known++) {
      double next = known + 1;
      correctedRates[known + 1] =
          (float) (rates.rate(known + 1) / (1 - Math.pow(adam.beta1(), next)));
      rootCorrections[known + 1] = (float) (1 / Math.sqrt(1 - Math.pow(adam.beta2(), next)));
    }
  }
}
