package io.taskweave.cli.demo;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * A made-up multi-feedback log with known structure, in time order, over 14 days.
 *
 * <p>Users and items have one latent vector a task (click, like, share), all independent: what a
 * user clicks says nothing of what the user likes. An embedding that all tasks share must hold all
 * of them, and the frequent clicks shape it first. An item's vectors lie around those of its
 * category. A label is Bernoulli with
 *
 * <pre>
 *   logit = bias + 2.5 u'v / sqrt(K) + popularity + (click only) sum over j of 0.9 exp(-j / 2) [c = c_j]
 * </pre>
 *
 * where u and v are the vectors of user and item for the task, c the item's category and c_j that
 * of the user's j-th last click (j = 0 to 4): recent clicks of the same category raise the next,
 * the less the further back they lie. The biases are solved so that about 30, 5 and 1 percent of
 * the rows are positive. Users and items are drawn with a power-law skew. The same seed and size
 * give the same bytes.
 */
public final class SyntheticLog {
  public static final int DEFAULT_IMPRESSIONS = 300_000;
  public static final int DAYS = 14;

  /** Beginning of the first day, 2026-01-01 UTC, in epoch milliseconds. */
  public static final long START = 1_767_225_600_000L;

  static final String HEADER =
      "impression_id,user_id,item_id,author_id,category_id,tags,device,time_ms,price,click,like,share";

  private static final int LATENT = 4;
  private static final int TASKS = 3;
  private static final double[] RATES = {0.30, 0.05, 0.01};
  private static final double STRENGTH = 2.5;
  private static final double SPREAD_WITHIN_CATEGORY = 0.3;
  private static final int CATEGORIES = 20;
  private static final int RECENT = 5;
  private static final int PILOT = 20_000;
  private static final String[] DEVICES = {"android", "ios", "web"};

  private final int impressions;
  private final int users;
  private final int items;
  private final SplittableRandom random;
  private final double[][][] userLatent;
  private final double[][][] itemLatent;
  private final int[] category;
  private final double[] price;
  private final int[][] recent;
  private final double[] bias = new double[TASKS];

  /**
   * @param impressions rows, at least 1
   * @param seed of every random choice
   */
  public SyntheticLog(int impressions, long seed) {
    if (impressions < 1) {
      throw new IllegalArgumentException(
          "Cannot make a log: impressions must be at least 1 (" + impressions + ")");
    }
    this.impressions = impressions;
    this.users = Math.max(4, impressions / 200);
    this.items = Math.max(8, impressions / 500);
    this.random = new SplittableRandom(seed);
    this.userLatent = new double[users][][];
    for (int user = 0; user < users; user++) {
      userLatent[user] = vectors();
    }
    double[][][] ofCategory = new double[CATEGORIES][][];
    for (int i = 0; i < CATEGORIES; i++) {
      ofCategory[i] = vectors();
    }
    this.itemLatent = new double[items][][];
    this.category = new int[items];
    this.price = new double[items];
    for (int item = 0; item < items; item++) {
      category[item] = random.nextInt(CATEGORIES);
      price[item] = Math.exp(2 + random.nextGaussian());
      itemLatent[item] = vectors();
      for (int task = 0; task < TASKS; task++) {
        for (int k = 0; k < LATENT; k++) {
          itemLatent[item][task][k] =
              ofCategory[category[item]][task][k]
                  + SPREAD_WITHIN_CATEGORY * itemLatent[item][task][k];
        }
      }
    }
    this.recent = new int[users][RECENT];
    for (int[] categories : recent) {
      Arrays.fill(categories, -1);
    }
    calibrate();
  }

  /** Writes the log as CSV with a header. */
  public void writeCsv(Path file) throws IOException {
    CsvFile.write(file, this::write);
  }

  void write(Writer writer) throws IOException {
    writer.write(HEADER);
    writer.write('\n');
    StringBuilder line = new StringBuilder();
    double step = DAYS * 86_400_000.0 / impressions;
    for (int impression = 0; impression < impressions; impression++) {
      long time = START + (long) (step * (impression + random.nextDouble()));
      line.setLength(0);
      append(line, impression, time);
      writer.append(line).append('\n');
    }
  }

  private void append(StringBuilder line, int impression, long time) {
    int user = skewed(users, 1.5);
    int item = skewed(items, 2);
    boolean click = draw(0, user, item);
    boolean like = draw(1, user, item);
    boolean share = draw(2, user, item);
    line.append(impression).append(",u").append(user).append(",i").append(item);
    line.append(",a").append(item % Math.max(2, items / 8)).append(",c").append(category[item]);
    line.append(",t").append(category[item] % 7).append("|t").append(7 + item % 23);
    line.append(',').append(DEVICES[user % DEVICES.length]).append(',').append(time).append(',');
    line.append(Math.round(price[item] * 100) / 100.0);
    line.append(click ? ",1" : ",0").append(like ? ",1" : ",0").append(share ? ",1" : ",0");
    if (click) {
      System.arraycopy(recent[user], 0, recent[user], 1, RECENT - 1);
      recent[user][0] = category[item];
    }
  }

  private boolean draw(int task, int user, int item) {
    return random.nextDouble() < sigmoid(bias[task] + affinity(task, user, item));
  }

  private double affinity(int task, int user, int item) {
    double product = 0;
    for (int k = 0; k < LATENT; k++) {
      product += userLatent[user][task][k] * itemLatent[item][task][k];
    }
    double popularity = 0.5 * (1 - 2.0 * item / items);
    double value = STRENGTH * product / Math.sqrt(LATENT) + popularity;
    if (task == 0) {
      for (int j = 0; j < RECENT; j++) {
        if (recent[user][j] == category[item]) {
          value += 0.9 * Math.exp(-j / 2.0);
        }
      }
    }
    return value;
  }

  /** Solves each task's bias on a pilot sample, by bisection. */
  private void calibrate() {
    for (int task = 0; task < TASKS; task++) {
      double[] values = new double[PILOT];
      for (int i = 0; i < PILOT; i++) {
        values[i] = affinity(task, skewed(users, 1.5), skewed(items, 2));
      }
      double low = -20;
      double high = 20;
      for (int round = 0; round < 50; round++) {
        double middle = (low + high) / 2;
        double rate = Arrays.stream(values).map(v -> sigmoid(middle + v)).average().orElseThrow();
        if (rate < RATES[task]) {
          low = middle;
        } else {
          high = middle;
        }
      }
      bias[task] = low;
    }
  }

  /** Index in [0, n), low ones more often: the given power of a uniform number. */
  private int skewed(int n, double power) {
    return (int) (n * Math.pow(random.nextDouble(), power));
  }

  /** A standard normal vector a task. */
  private double[][] vectors() {
    double[][] vectors = new double[TASKS][LATENT];
    for (double[] vector : vectors) {
      for (int k = 0; k < LATENT; k++) {
        vector[k] = random.nextGaussian();
      }
    }
    return vectors;
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }
}
