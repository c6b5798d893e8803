using System.Globalization;
using System.Text;
using StepCloud.Contracts.Ids;

namespace StepCloud.GatewaySim.Ledgers;

/// <summary>What a gateway sent and what became of it, line by line, so that anyone can count it against the database.</summary>
/// <remarks>
/// One line for each event, ASCII, fields separated by one space, ended by a line feed:
/// <code>
/// S {step id} {samples} {JSON's SHA-256} {content's SHA-256}     before the step is sent for the first time
/// A {step id}                                                    after its PUBACK said success
/// R {step id} {code}                                             after the server refused it
/// </code>
/// Hashes are 64 lower-case hex digits: of the bytes that are sent, and of what the gateway means by them (<see cref="Contracts.Steps.ContentHash"/>), which
/// is made of the step itself and which the server makes of what it has read. The latter is missing in ledgers of older versions.
/// `code` is the refusal's code (`value_not_finite`) or, where the server named none, the Reason Code (`0x97`).
/// Of the lines A and R of one id the last one counts: a 3.1.1 server's PUBACK always says success, and the refusal follows.
/// An id may have several S, always with the same hashes as far as it has them: the gateway does not read its ledger, so after a restart or in a second replay it
/// begins anew. A step with S alone is still in the outbox, or was when the process ended. A line without its line feed was not finished:
/// pass over it; the next process cuts it off. S is on the disk before the step is sent: nothing is in the database that no ledger tells of.
/// A and R are handed to the operating system before the step leaves the outbox, so a killed process loses none; after a power cut the
/// step is sent again, or stands in the ledger without its answer.
/// </remarks>
public sealed class Ledger : IDisposable
{
    private readonly FileStream _file;
    private readonly Lock _gate = new();

    private Ledger(FileStream file) => _file = file;

    /// <summary>Opens the ledger at its end, after cutting off a line that an earlier process had not finished.</summary>
    public static Ledger Open(string path)
    {
        FileStream file = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        file.SetLength(EndOfLastLine(file));
        file.Seek(0, SeekOrigin.End);
        return new Ledger(file);
    }

    /// <summary>Returns when the lines are on the disk.</summary>
    public void Sent(IEnumerable<SentStep> steps)
    {
        Append(steps, (lines, step) =>
            lines.Append(CultureInfo.InvariantCulture, $"S {step.Id} {step.Samples} {step.Sha256}{(step.ContentSha256.Length > 0 ? " " : "")}{step.ContentSha256}\n"));
        _file.Flush(flushToDisk: true);
    }

    public void Acknowledged(IEnumerable<StepId> ids) => Append(ids, (lines, id) => lines.Append(CultureInfo.InvariantCulture, $"A {id}\n"));

    public void Refused(StepId id, string code) =>
        Append([id], (lines, refused) => lines.Append(CultureInfo.InvariantCulture, $"R {refused} {OneWord(code)}\n"));

    public void Dispose()
    {
        _file.Flush(flushToDisk: true);
        _file.Dispose();
    }

    private void Append<T>(IEnumerable<T> events, Action<StringBuilder, T> write)
    {
        StringBuilder lines = new();
        foreach (T e in events)
            write(lines, e);
        // One write: lines of one call are never mixed with another's.
        lock (_gate)
            _file.Write(Encoding.ASCII.GetBytes(lines.ToString()));
    }

    // The code comes from outside, and a space or a line feed in it would make other lines of it.
    private static string OneWord(string code) =>
        code.Length is > 0 and <= 64 && code.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.') ? code : "unreadable";

    private static long EndOfLastLine(FileStream file)
    {
        long end = file.Length;
        while (end > 0)
        {
            file.Seek(end - 1, SeekOrigin.Begin);
            if (file.ReadByte() == '\n')
                break;
            end--;
        }
        return end;
    }
}
