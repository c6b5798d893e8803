using System.ComponentModel.DataAnnotations;

namespace StepCloud.Actors.Sessions;

/// <summary>How long sessions live. A lost token must end by itself; a gateway at the back of a shop must not.</summary>
public sealed class SessionOptions
{
    public const string Section = "Sessions";

    /// <summary>The time in which the last rotation may be repeated: a gateway's lost response must not lock it out.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan RefreshRetryWindow { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>A gateway that was silent for this long is gone, or stolen.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "365.00:00:00")]
    public TimeSpan GatewayIdle { get; set; } = TimeSpan.FromDays(90);

    /// <summary>Whoever was away for so long signs in anew.</summary>
    [Range(typeof(TimeSpan), "00:15:00", "90.00:00:00")]
    public TimeSpan UserIdle { get; set; } = TimeSpan.FromDays(7);

    /// <summary>A user signs in anew after this, however busy.</summary>
    [Range(typeof(TimeSpan), "00:15:00", "365.00:00:00")]
    public TimeSpan UserAbsolute { get; set; } = TimeSpan.FromDays(30);

    /// <summary>A workstation in the shop that nobody has used for an hour is somebody else's next.</summary>
    [Range(typeof(TimeSpan), "00:15:00", "7.00:00:00")]
    public TimeSpan AccessKeyIdle { get; set; } = TimeSpan.FromHours(1);

    /// <summary>A long shift: whoever comes in the next morning shows the key again.</summary>
    [Range(typeof(TimeSpan), "00:15:00", "31.00:00:00")]
    public TimeSpan AccessKeyAbsolute { get; set; } = TimeSpan.FromHours(12);
}
