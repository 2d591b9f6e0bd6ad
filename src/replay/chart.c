/* SPDX-License-Identifier: MIT */
#include "chart.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "util/array.h"
#include "util/term.h"
#include "util/units.h"

enum {
	LEFT = 17, /* columns for names and figures */
	MIN_COLUMNS = 40,
	MAX_COLUMNS = 400,
	LEVELS = 8, /* of one cell */
};

struct row {
	const char *name;
	enum time_series_kind kind;
	unsigned height;
	const char *colour;
};

static const struct row rows[] = {
	{ "hits", TIME_SERIES_HITS, 5, "31" },
	{ "bans", TIME_SERIES_BANS, 2, "33" },
	{ "accepted", TIME_SERIES_ACCEPTED, 3, "32" },
};

struct chart {
	const struct time_series *series;
	const struct zone *zone;
	struct chart_style style;
	unsigned columns; /* without LEFT */
	FILE *to;
};

static unsigned terminal_columns(void)
{
	struct winsize size;
	const char *text = getenv("COLUMNS");
	long columns = text ? strtol(text, NULL, 10) : 0;

	if (columns <= 0 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		columns = size.ws_col;
	return columns > 0 && columns <= MAX_COLUMNS ? (unsigned)columns : 80;
}

struct chart_style chart_style(void)
{
	return (struct chart_style){
		.columns = terminal_columns(),
		.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
		.colour = term_has_colour(STDOUT_FILENO),
	};
}

static double column_sum(const struct chart *chart, enum time_series_kind kind, unsigned column)
{
	return time_series_sum(chart->series, kind, (double)column / chart->columns,
			       (double)(column + 1) / chart->columns);
}

static double column_max(const struct chart *chart, enum time_series_kind kind)
{
	double max = 0;

	for (unsigned column = 0; column < chart->columns; column++)
		if (column_sum(chart, kind, column) > max)
			max = column_sum(chart, kind, column);
	return max;
}

/* "812", "4.2k", "31k", "1.2M" */
static const char *short_number(double n, char buf[static 16])
{
	static const char units[] = " kMGT";
	size_t unit = 0;

	while (n >= 999.5 && units[unit + 1]) {
		n /= 1000;
		unit++;
	}
	if (unit == 0)
		snprintf(buf, 16, "%.0f", n);
	else
		snprintf(buf, 16, n < 9.95 ? "%.1f%c" : "%.0f%c", n, units[unit]);
	return buf;
}

static void print_cell(const struct chart *chart, unsigned level)
{
	static const char *const blocks[LEVELS + 1] = {
		" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"
	};
	static const char ascii[] = " ...::::#";

	if (chart->style.utf8)
		fputs(blocks[level], chart->to);
	else
		putc(ascii[level], chart->to);
}

/*
 * How much of cell number `cell` is filled, in eighths. Any value above 0 shows in the lowest cell.
 */
static unsigned cell_level(double value, double max, unsigned height, unsigned cell)
{
	double eighths = value / max * height * LEVELS;
	double above = eighths - (double)cell * LEVELS;

	if (value > 0 && cell == 0 && above < 1)
		return 1;
	if (above <= 0)
		return 0;
	return above >= LEVELS ? LEVELS : (unsigned)above;
}

/* Hits that were let through are red; above them, hits stopped by a ban are grey. */
static void print_hits_cell(const struct chart *chart, unsigned column, double max, unsigned height,
			    unsigned cell)
{
	double all = column_sum(chart, TIME_SERIES_HITS, column);
	double let_through = all - column_sum(chart, TIME_SERIES_STOPPED, column);
	unsigned red = cell_level(let_through, max, height, cell);
	unsigned full = cell_level(all, max, height, cell);

	if (chart->style.colour)
		fprintf(chart->to, "\033[%sm", red >= full ? "31" : "90");
	if (red == 0 && full > 0 && !chart->style.colour)
		fputs(full < LEVELS / 2 ? " " : chart->style.utf8 ? "░" : "-", chart->to);
	else
		print_cell(chart, full);
}

static void print_row(const struct chart *chart, const struct row *row)
{
	double max = column_max(chart, row->kind);
	char number[16];

	for (unsigned cell = row->height; cell-- > 0;) {
		bool top = cell == row->height - 1;

		fprintf(chart->to, "%-9s %5s ", top ? row->name : "",
			top ? short_number(max, number) : "");
		fputs(chart->style.utf8 ? "│" : "|", chart->to);
		if (chart->style.colour)
			fprintf(chart->to, "\033[%sm", row->colour);
		for (unsigned column = 0; max > 0 && column < chart->columns; column++) {
			if (row->kind == TIME_SERIES_HITS)
				print_hits_cell(chart, column, max, row->height, cell);
			else
				print_cell(chart, cell_level(column_sum(chart, row->kind, column),
							     max, row->height, cell));
		}
		fputs(chart->style.colour ? "\033[0m\n" : "\n", chart->to);
	}
}

static int64_t tick_step(int64_t span, unsigned columns)
{
	static const int64_t steps[] = {
		1,    5,     10,    30,	   60,	  300,	  600,	  1800,
		3600, 10800, 21600, 43200, 86400, 172800, 604800, 2419200
	};
	size_t i = 0;

	while (i + 1 < ARRAY_SIZE(steps) && (double)steps[i] * 1e6 / (double)span * columns < 9)
		i++;
	return steps[i] * UNITS_SECOND;
}

static void tick_label(int64_t local_time, int64_t step, char *label, size_t size)
{
	time_t seconds = local_time / UNITS_SECOND;
	bool midnight = seconds % 86400 == 0;
	struct tm tm;

	gmtime_r(&seconds, &tm);
	if (midnight)
		strftime(label, size, "%b %d", &tm);
	else
		strftime(label, size, step < 60 * UNITS_SECOND ? "%H:%M:%S" : "%H:%M", &tm);
}

static void print_axis(const struct chart *chart)
{
	int64_t span = time_series_width(chart->series) * (int64_t)time_series_bins(chart->series);
	int64_t start = time_series_start(chart->series);
	int64_t local = start + time_offset(start, chart->zone);
	int64_t step = tick_step(span, chart->columns);
	char line[MAX_COLUMNS + 16];

	memset(line, ' ', sizeof(line));
	for (int64_t tick = (local + step - 1) / step * step; tick < local + span; tick += step) {
		unsigned column =
			(unsigned)((double)(tick - local) / (double)span * chart->columns);
		char label[16];

		tick_label(tick, step, label, sizeof(label));
		if (column + 1 + strlen(label) > chart->columns)
			break;
		line[column] = '|';
		memcpy(line + column + 1, label, strlen(label));
	}
	line[chart->columns] = '\0';
	for (unsigned n = chart->columns; n > 0 && line[n - 1] == ' '; n--)
		line[n - 1] = '\0';
	fprintf(chart->to, "%*s%s\n", LEFT, "", line);
}

void chart_print(FILE *to, const struct time_series *series, const struct zone *zone,
		 const struct chart_style *style)
{
	struct chart chart = { .series = series, .zone = zone, .style = *style, .to = to };
	unsigned columns = style->columns > MIN_COLUMNS ? style->columns : MIN_COLUMNS;
	char column[DURATION_TEXT];

	if (time_series_bins(series) == 0)
		return;
	chart.columns = (columns < MAX_COLUMNS ? columns : MAX_COLUMNS) - LEFT;
	duration_format(time_series_width(series) * (int64_t)time_series_bins(series) /
				chart.columns,
			column);
	fprintf(to, "\nThe wave; one column is %s", column);
	if (style->colour)
		fputs("; \033[31mred\033[0m: let through, \033[90mgrey\033[0m: stopped by a ban",
		      to);
	else
		fprintf(to, "; %s: hits stopped by a ban", style->utf8 ? "░" : "\"-\"");
	putc('\n', to);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		print_row(&chart, &rows[i]);
	print_axis(&chart);
}
