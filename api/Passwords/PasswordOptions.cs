using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace StepCloud.Api.Passwords;

/// <summary>
/// What a password hash costs, and how many may be in work. Memory in use is at most <see cref="MemoryMiB"/> times <see
/// cref="ParallelMax"/>.
/// </summary>
public sealed class PasswordOptions
{
    public const string Section = "Passwords";

    /// <summary>
    /// Memory of one hash in MiB: 64 as the second recommended option of RFC 9106 §4; 19 is the least that OWASP's password storage sheet
    /// allows.
    /// </summary>
    [Range(19, 1024)]
    public int MemoryMiB { get; set; } = 64;

    /// <summary>Passes over that memory: 3 as in RFC 9106 §4; OWASP asks for 2 or more with so much memory.</summary>
    [Range(2, 16)]
    public int Passes { get; set; } = 3;

    /// <summary>Hashes at one time. More than one a core gains nothing: a hash is computing all the time.</summary>
    [Range(1, 1024), DefaultValue("one a core")]
    public int ParallelMax { get; set; } = Environment.ProcessorCount;

    /// <summary>
    /// Callers that may wait behind those. At about 0.15 s a hash, 64 wait up to 5 s on two cores; one more would rather be told to come
    /// back.
    /// </summary>
    [Range(0, 10_000)]
    public int QueueMax { get; set; } = 64;
}
