package io.taskweave.cli.demo;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * A made-up log in which only when and what together tell the label, in time order over the days of
 * {@link SyntheticLog}, and a second log of visits, which users make on the way.
 *
 * <p>Any {@value #LENGTH} visits of a user in a row are to as many of {@value #TOPICS} topics. An
 * impression's topic is one of those last visited: with probability 9/16 the very last one, else
 * one of the others at random; the user resumes if it is the last one. So the last visits hold the
 * topic of every impression once, and which topics they hold says nothing of the label. The same
 * seed and size give the same bytes.
 */
public final class SyntheticVisits {
  /** The last visits that hold the topic of every impression. */
  public static final int LENGTH = 8;

  static final String IMPRESSIONS_HEADER = "impression_id,user_id,item_id,topic,time_ms,resume";
  static final String VISITS_HEADER = "user_id,topic,time_ms";

  private static final int TOPICS = 10;
  private static final int ITEMS_PER_TOPIC = 20;
  private static final double LAST_VISIT = 0.5 + 1.0 / 16;
  private static final int IMPRESSIONS_PER_USER = 60;
  private static final long WARM_UP_MILLIS = 3_600_000;

  private final int impressions;
  private final long seed;

  /**
   * @param impressions rows, at least 1
   * @param seed of every random choice
   */
  public SyntheticVisits(int impressions, long seed) {
    if (impressions < 1) {
      throw new IllegalArgumentException(
          "Cannot make visits: impressions must be at least 1 (" + impressions + ")");
    }
    this.impressions = impressions;
    this.seed = seed;
  }

  /** Writes both logs as CSV with headers, {@code impressions.csv} and {@code visits.csv}. */
  public void writeCsv(Path folder) throws IOException {
    CsvFile.write(folder.resolve("visits.csv"), visits -> write(visits, Writer.nullWriter()));
    CsvFile.write(folder.resolve("impressions.csv"), rows -> write(Writer.nullWriter(), rows));
  }

  void write(Writer visits, Writer rows) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    visits.write(VISITS_HEADER + "\n");
    rows.write(IMPRESSIONS_HEADER + "\n");
    int[][] lastOfUser = new int[Math.max(1, impressions / IMPRESSIONS_PER_USER)][LENGTH];
    for (int user = 0; user < lastOfUser.length; user++) {
      Arrays.fill(lastOfUser[user], -1);
      for (int visit = 0; visit < LENGTH; visit++) {
        int topic = visit(lastOfUser[user], random);
        writeVisit(visits, user, topic, SyntheticLog.START + visit);
      }
    }
    long step = (SyntheticLog.DAYS * 86_400_000L - WARM_UP_MILLIS) / impressions;
    for (int impression = 0; impression < impressions; impression++) {
      long time = SyntheticLog.START + WARM_UP_MILLIS + step * impression;
      int user = random.nextInt(lastOfUser.length);
      int[] last = lastOfUser[user];
      writeVisit(visits, user, visit(last, random), time - step / 2);
      boolean resumes = random.nextDouble() < LAST_VISIT;
      int topic = last[resumes ? 0 : 1 + random.nextInt(LENGTH - 1)];
      int item = topic * ITEMS_PER_TOPIC + random.nextInt(ITEMS_PER_TOPIC);
      rows.append(impression + ",u" + user + ",i" + item + ",t" + topic);
      rows.append("," + time + (resumes ? ",1\n" : ",0\n"));
    }
  }

  /** Puts a topic that the other visits do not hold before them; the oldest visit falls out. */
  private static int visit(int[] last, SplittableRandom random) {
    System.arraycopy(last, 0, last, 1, LENGTH - 1);
    last[0] = -1;
    int topic = random.nextInt(TOPICS);
    while (contains(last, topic)) {
      topic = random.nextInt(TOPICS);
    }
    last[0] = topic;
    return topic;
  }

  private static boolean contains(int[] topics, int topic) {
    return Arrays.stream(topics).anyMatch(known -> known == topic);
  }

  private static void writeVisit(Writer visits, int user, int topic, long time) throws IOException {
    visits.append("u" + user + ",t" + topic + "," + time + "\n");
  }
}
