package io.taskweave.bench;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/**
 * A training whose process is killed twenty times at random moments and each time resumed, beside
 * one that nobody disturbs: best weights, checkpoints, metrics and events must be the same, and no
 * resume may go back behind the last complete checkpoint. Many kills hit one training; where it
 * ends before they are through, the same training begins anew.
 */
final class KillsSection implements Section {
  private static final int KILLS = 20;
  private static final int SEED = 20;
  private static final int IMPRESSIONS = 12_000;
  private static final int STARTING_MILLISECONDS = 7000;
  private static final int TRAINING_MILLISECONDS = 500;
  private static final int CHECKPOINT_STEPS = 7;

  /** What a process ends with that was sent signal 9. */
  private static final int KILLED = 128 + 9;

  private static final long WRITE_WAIT = TimeUnit.SECONDS.toNanos(5);

  /** From where on a kill waits for its random time. */
  private enum From {
    /** The start of the process, in which Spark may not run yet. */
    START,
    /** A checkpoint that the process has written, one of the next few. */
    TRAINING,
    /** The same, and then something that is half written. */
    WRITING
  }

  private final SplittableRandom random = new SplittableRandom(SEED);
  private long lost;

  @Override
  public void run(Settings settings, ObjectNode result) throws Exception {
    DemoWorkspace workspace =
        new DemoWorkspace(
            settings,
            IMPRESSIONS,
            String.format(
                Locale.ROOT,
                """
                validate.contract = null
                groups.enabled = false
                training {
                  batch-size = 256, max-epochs = 8, patience = 100, checkpoint-steps = %d
                  row-updates = catch-up, table-l2.kind = touched
                  optimizer.per-task = true
                }
                spark { master = "local[%d]", shuffle-partitions = 2 }
                """,
                CHECKPOINT_STEPS,
                settings.threads()));
    long start = System.nanoTime();
    workspace.finish("run", "undisturbed", Map.of());
    RunFolder whole = workspace.run("undisturbed");
    long steps = whole.record().path("steps").asLong();
    // So that the kills spread over the whole training.
    int checkpoints = Math.toIntExact(2 * steps / CHECKPOINT_STEPS / KILLS);
    result.put("steps", steps);
    result.put("undisturbed_seconds", (System.nanoTime() - start) * 1e-9);
    ArrayNode kills = result.putArray("kills");
    ArrayNode differences = result.putArray("differences");
    int trainings = 0;
    while (kills.size() < KILLS) {
      String name = "killed-" + ++trainings;
      RunFolder killed = workspace.run(name);
      boolean open = true;
      while (open && kills.size() < KILLS) {
        open = kill(workspace, name, checkpoints, kills);
      }
      long checkpoint = killed.lastCheckpoint();
      int starts = killed.events("start").size();
      workspace.finish("run", name, Map.of());
      resumedFrom(killed, starts, checkpoint);
      killed.differences(whole).forEach(difference -> differences.add(name + " " + difference));
    }
    result.put("trainings", trainings);
    whole.files().forEach(result.putArray("compared_files")::add);
    result.put("resumes_behind_the_last_checkpoint", lost);
    result.put("exact", differences.isEmpty() && lost == 0);
    result.put("threads", settings.threads());
  }

  /** Kills one process of a training; false if it has ended before. */
  private boolean kill(DemoWorkspace workspace, String name, int checkpoints, ArrayNode kills)
      throws IOException, InterruptedException {
    RunFolder run = workspace.run(name);
    int draw = random.nextInt(6);
    From from = draw == 0 ? From.START : draw < 4 ? From.TRAINING : From.WRITING;
    int milliseconds =
        random.nextInt(from == From.START ? STARTING_MILLISECONDS : TRAINING_MILLISECONDS);
    long checkpoint = run.lastCheckpoint();
    int starts = run.events("start").size();
    Process process = workspace.start("train", name, Map.of());
    long awaited = checkpoint + (long) CHECKPOINT_STEPS * random.nextInt(checkpoints + 1);
    while (from != From.START
        && process.isAlive()
        && (run.lastCheckpoint() < awaited || run.events("start").size() == starts)) {
      process.waitFor(20, TimeUnit.MILLISECONDS);
    }
    process.waitFor(milliseconds, TimeUnit.MILLISECONDS);
    long end = System.nanoTime() + WRITE_WAIT;
    while (from == From.WRITING && process.isAlive() && !run.writes() && System.nanoTime() < end) {
      Thread.onSpinWait();
    }
    process.destroyForcibly();
    int code = process.waitFor();
    long resumedFrom = resumedFrom(run, starts, checkpoint);
    if (code != KILLED) {
      workspace.requireSuccess(code, "train", name);
      return false;
    }
    ObjectNode kill = kills.addObject();
    kill.put("training", name);
    kill.put("after", from.name().toLowerCase(Locale.ROOT));
    kill.put("milliseconds", milliseconds);
    kill.put("checkpoint_before", checkpoint);
    kill.put("resumed_from", resumedFrom);
    kill.put("checkpoint", run.lastCheckpoint());
    kill.put("half_written", run.writes());
    return true;
  }

  /** Where a process went on; -1 if it was killed before. */
  private long resumedFrom(RunFolder run, int starts, long checkpoint) throws IOException {
    List<ObjectNode> all = run.events("start");
    if (all.size() <= starts) {
      return -1;
    }
    long step = all.get(all.size() - 1).path("steps_done").asLong();
    lost += step < checkpoint ? 1 : 0;
    return step;
  }
}
