"""Lines as language models write them; each must be accepted and run. `df` has 500 hourly bars."""

from __future__ import annotations

ACCEPTED = r"""
df['close'].rolling(20).mean().bfill()
df.close.rolling(window=20, min_periods=1, center=False).std(ddof=0)
df['close'].ewm(span=12, adjust=False).mean().iloc[-1]
df['close'].ewm(com=9.5).std()
df['close'].ewm(halflife=5, min_periods=5).mean()
df['close'].expanding(min_periods=10).max()
df[['open', 'close']].rolling(5).corr(pairwise=True)
df['close'].rolling('24h').mean()
df['close'].rolling(20).agg(lambda s: s.iloc[-1] - s.iloc[0])
df['close'].rolling(20).quantile(0.9)
df['close'].rolling(20).apply(lambda a: a[-1] / a[0] - 1, raw=True)
df.rolling(20)['close'].mean()
df.rolling(20).close.mean()
df.resample('4h').agg({'open': 'first', 'high': 'max', 'low': 'min', 'close': 'last'}).dropna()
df.resample('1D').close.last().ffill().reindex(df.index).ffill()
df['close'].resample('1D').ohlc().shift(1)
df['close'].resample('4h', label='right', closed='right').last()
df.resample('1D').apply(lambda g: g['close'].iloc[-1] if len(g) else np.nan)
df['close'].resample('30min').interpolate(method='linear')
df['close'].asfreq('2h', method='ffill')
df.groupby(df.index.date)['high'].cummax()
df.groupby(df.index.date).apply(lambda g: g['close'].iloc[-1])
df.groupby([df.index.year, df.index.month])['close'].transform('first')
df.groupby(pd.Grouper(freq='1D'))['volume'].sum()
df.groupby(df.index.hour).close.agg(['mean', 'std'])
df.groupby(df.index.hour).agg(avg=('close', 'mean'), top=('high', 'max'))
df.groupby(df.index.hour).agg({'close': ['mean', np.std], 'volume': 'sum'})
df.groupby(df.index.dayofweek)['close'].rolling(3).mean().droplevel(0).sort_index()
df.groupby(df.index.hour)['close'].rank(pct=True)
df.groupby(df.index.hour)['close'].pct_change()
[(k, g.shape) for k, g in df.groupby(df.index.hour)][:2]
df.groupby(df.index.hour).get_group(3).head()
df.groupby(df.index.hour).ngroups + len(df.groupby(df.index.hour).groups)
df['close'].pct_change(periods=5).fillna(0).add(1).cumprod().sub(1)
df['close'].diff().clip(lower=0).rolling(14).mean()
df['close'].shift(1, fill_value=0.0)
df['close'].shift(freq='1h')
df.close.gt(df.open) & df.close.ge(df.open) | df.close.lt(df.open) ^ df.close.le(df.open)
df['close'].between(99, 101, inclusive='both')
df['close'].where(df['close'] > 100, other=np.nan).ffill(limit=3)
df['close'].mask(df['close'] > 100).bfill()
np.where(df['close'] > df['open'], 1, -1).cumsum()
np.select([df.close > df.open, df.close < df.open], ['up', 'down'], default='flat')
pd.Series(np.where(df.close > df.open, 1, 0), index=df.index).diff().eq(1)
df['close'].apply(lambda v: v * 2).map(float).astype('float32').round(2)
df.apply(lambda r: r['high'] - r['low'], axis=1)
df.apply(np.log).diff().apply('sum')
df.agg(['min', 'max']).loc['max', 'close']
df.agg({'close': 'mean', 'volume': ['sum', 'max']})
df.transform(lambda s: (s - s.mean()) / s.std())
df.describe().T
df.describe(percentiles=[0.05, 0.95])
df.corr(method='spearman') if False else df.corr()
df.cov().values
df['close'].corr(df['volume'])
df['close'].autocorr(lag=1)
df['close'].rank(ascending=False, method='min')
df['close'].nlargest(3).index[0]
df['close'].idxmax() > df['close'].idxmin()
df['close'].argmax() + df['close'].to_numpy().argmin()
df['close'].quantile([0.1, 0.9]).to_list()
df['close'].value_counts(bins=5, sort=False)
df['close'].is_monotonic_increasing or df.index.is_unique
df['close'].cummax().sub(df['close']).div(df['close'].cummax()).max()
df['close'].skew() + df['close'].kurt() + df['close'].sem() + df['close'].median()
df['close'].isna().sum() + df.isnull().any().any() + df.notna().all(axis=1).sum()
df.dropna(subset=['close'], how='any').drop_duplicates().reset_index(drop=True).head()
df.fillna({'volume': 0}).replace([np.inf, -np.inf], np.nan)
df.sort_values('close', ascending=False).sort_index().tail(3)
df.set_index(df.index.tz_localize(None)).index.to_period('D')
df.drop(columns=['volume']).rename(columns={'close': 'c'}).c.mean()
df.assign(x=lambda d: d.close * 2, y=1).x.sum()
df.loc[df.index[5]:df.index[10], ['open', 'close']].mean(axis=1)
df.loc[df['close'] > df['open'], 'volume'].sum()
df.iloc[-1]['close'] + df.iloc[0, 3] + df.iat[0, 0] + df.at[df.index[0], 'close']
df.iloc[10:20:2].shape[0]
df['close'].iloc[-5:].tolist()
df.first_valid_index() < df.last_valid_index()
df.index[0].strftime('%Y-%m-%d') + df.index[-1].isoformat()
df.index.hour.isin([8, 9, 10]) & (df.index.minute == 0)
df.index.dayofweek < 5
df.index.to_series().dt.hour.between(9, 16)
df.index.to_series().diff().dt.total_seconds().median()
df.index.day_name().str[:3]
df.index.tz_convert('Europe/London').hour
df.index.tz_localize(None).normalize().unique()
df.index.month.values[:3]
df.index.isocalendar().week.to_numpy()
df.index.floor('4h').duplicated(keep='last')
df.index.get_loc(df.index[3]) + df.index.searchsorted(df.index[5])
df.index.indexer_between_time('09:00', '12:00')
df.between_time('09:30', '16:00').shape
(df.index - df.index[0]).total_seconds()
(df.index[1] - df.index[0]) / pd.Timedelta(minutes=1)
pd.Timestamp('2024-01-05', tz='UTC') <= df.index[0]
pd.Timestamp(year=2024, month=1, day=1).day_name()
df[df.index >= pd.Timestamp('2024-01-05', tz='UTC')].shape
df['2024-01-05':'2024-01-06'].shape
df.index + pd.DateOffset(days=1)
pd.Timedelta('4h').total_seconds() + pd.to_timedelta(3, unit='h').seconds
pd.to_datetime('2024-01-01', utc=True).value
pd.date_range(df.index[0], periods=5, freq='h')[0].hour
pd.concat([df['high'] - df['low'], (df['high'] - df['close'].shift()).abs()], axis=1).max(axis=1)
pd.concat([df.head(2), df.tail(2)])
pd.DataFrame({'a': [1, 2], 'b': [3, 4]}).merge(pd.DataFrame({'a': [1], 'c': [9]}), on='a', how='left')
pd.merge(df[['open']], df[['close']], left_index=True, right_index=True)
pd.DataFrame(index=df.index, data={'x': 0.0}).x
pd.DataFrame.from_dict({'a': [1, 2]}, orient='columns')
pd.Series(0, index=df.index, dtype=int).add(1)
pd.Series(dtype=float).empty
pd.Series({'a': 1, 'b': 2}).items()
pd.cut(df['close'], bins=3, labels=['low', 'mid', 'high']).value_counts()
pd.cut(df['close'], bins=3, labels=False).cat.codes if False else pd.qcut(df['close'], 4).cat.codes
pd.isna(df['close'].iloc[0]) or pd.notnull(1.0)
pd.to_numeric(pd.Series(['1', 'x']), errors='coerce')
pd.get_dummies(pd.Series(['a', 'b'])).sum()
pd.api.types.is_numeric_dtype(df['close'])
pd.unique(df.index.hour)
df.pivot_table(index=df.index.hour, values='close', aggfunc='mean')
df.pivot_table(index=df.index.hour, values='close', aggfunc=['mean', 'max'])
df.reset_index().melt(id_vars='open_time', value_vars=['open', 'close']).variable.unique()
df.stack().unstack().T
next(df.iterrows())[1].close
[row.close for row in df.head(3).itertuples()]
[row.Index for row in df.head(3).itertuples(index=True, name='Bar')]
[t[1] for t in df.head(3).itertuples(index=False, name=None)]
{k: v for k, v in df.iloc[0].to_dict().items()}
df.to_dict('records')[0]['close']
df.to_numpy().shape + df.values.T.shape
df['close'].to_numpy(copy=True)[::-1].copy().astype(np.float32)
df.columns.tolist() + list(df.columns) + [c for c in df]
'close' in df.columns and 'close' in df
len(df) + df.shape[0] + df.size + df.ndim
df.select_dtypes(include='number').shape
df.memory if False else df.dtypes['close'] == np.float64
df['close'].dtype.name + str(df['close'].dtype)
df['close'].values[-1].item() + float(df['close'].values[0].round(1))
df.copy(deep=True).insert(0, 'new', 1)
df.compare(df).empty
df.align(df, join='left')[0].shape
df.combine_first(df).equals(df)
df.explode('close').shape
df.eq(df).all().all()
df.mul(2).div(2).sub(1).add(1).pow(2).mod(7).floordiv(2).abs().sum()
df[['open', 'close']].max(axis=1).rolling(3).min()
df[['open', 'close']].mean(axis='columns').to_frame('m')
df.nsmallest(2, 'close').index
df.sample(3, random_state=1).shape
df.sample(frac=0.1).shape
df.squeeze().shape
df.truncate(before=df.index[3]).shape
df.xs(df.index[0]).close
df.filter(like='o').columns
df.filter(items=['open']).columns
df.iloc[:, [0, 1]].sum(axis=1)
df.where(df > 100).count()
df.clip(lower=df['low'].min(), upper=df['high'].max()).max()
df.diff(3).iloc[3:].std()
df.shift(-1) if False else df.shift(1).iloc[0].isna().all()
df.reindex(df.index[::2]).shape
df.duplicated().sum() + df.index.duplicated().sum()
df.join(df['close'].rolling(3).mean().rename('ma')).ma.mean()
df.add_suffix('_x').add_prefix('y_').columns[0]
df.rank(pct=True).close.iloc[0]
df.cumsum().close.iloc[-1] > df.cumprod().close.isna().sum()
df.nunique().to_dict()
df.mode().shape
df.prod(numeric_only=True).shape
np.log(df['close'] / df['close'].shift(1)).rolling(24).std() * np.sqrt(24 * 365)
np.log1p(df['close'].pct_change()).cumsum().pipe(lambda s: np.expm1(s))
np.maximum(df['high'] - df['low'], (df['high'] - df['close'].shift(1)).abs())
np.maximum.reduce([df['high'] - df['low'], df['high'] - df['open']])
np.maximum.accumulate(df['close'].values)
np.minimum.accumulate(df['close'].to_numpy())
np.logical_and.reduce([df.close > 0, df.open > 0])
np.add.accumulate(np.arange(5)) + np.multiply.reduce([1, 2])
np.add.outer(np.arange(3), np.arange(3)).shape
np.nan_to_num(df['close'].values, nan=0.0, posinf=0, neginf=0)
np.isfinite(df['close']).all() and not np.isnan(df['close']).any()
np.full(len(df), np.nan)[:3]
np.full_like(df['close'].values, 0.5, dtype=float)
np.zeros_like(df['close'], dtype=bool)
np.empty(5, dtype='float64').shape
np.zeros((3, 4), dtype=np.int8).ravel().reshape(4, 3).T.flatten()
np.arange(0, 1, 0.1).tolist() + np.linspace(0, 1, 5).tolist()
np.diff(df['close'], prepend=df['close'].iloc[0])
np.roll(df['close'].values, 1)[1:]
np.sign(df['close'].diff()).fillna(0).astype(int)
np.argmax(df['high'].values) + np.argsort(df['close'].values)[-1]
np.convolve(df['close'].values, np.ones(5) / 5, mode='valid')
np.correlate(df['close'].values[:5], df['open'].values[:5])
np.corrcoef(df['close'], df['volume'])[0, 1]
np.polyfit(np.arange(len(df)), df['close'].values, 1)[0]
np.polyval([1, 2], 3) + np.poly1d([1, 2])(3)
np.percentile(df['close'], [5, 95]) + np.quantile(df['close'], 0.5)
np.nanmean(df['close']) + np.nanstd(df['close']) + np.nanmax(df['close']) + np.nanpercentile(df['close'], 5)
np.histogram(df['close'], bins=10)[0].sum()
np.digitize(df['close'], [90, 100, 110]).max()
np.searchsorted(np.sort(df['close'].values), 100.0)
np.unique(np.sign(df['close'].diff().dropna()), return_counts=True)
np.cumsum(df['volume'].values * df['close'].values) / np.cumsum(df['volume'].values)
np.dot(df['close'].values[:3], [0.2, 0.3, 0.5]) + df['close'].values[:3] @ np.array([0.2, 0.3, 0.5])
np.outer([1, 2], [3, 4]).sum() + np.linalg.norm([3, 4]) + np.linalg.inv(np.eye(2)).trace()
np.linalg.lstsq(np.vstack([np.arange(5), np.ones(5)]).T, np.arange(5), rcond=None)[0]
np.linalg.solve(np.eye(2), np.ones(2)).sum() + np.linalg.eigh(np.eye(2)).eigenvalues.sum()
np.linalg.svd(np.eye(3))[1] + np.linalg.svd(np.eye(3)).S
np.fft.rfft(df['close'].values - df['close'].mean())[:5].real
np.interp(1.5, [1, 2], [10, 20]) + np.gradient(df['close'].values)[0]
np.clip(df['close'].values, 90, 110).std(ddof=1)
np.any(df['close'].values > 0) and np.all(df['close'].values > 0)
np.column_stack((df['open'], df['close'])).mean(axis=1)
np.hstack([[np.nan], df['close'].values[1:]]).shape
np.concatenate([df['open'].values, df['close'].values]).size
np.pad(df['close'].values, (5, 0), mode='edge').shape
np.append(df['close'].values, 1.0)[-1] + np.insert([1.0], 0, 2.0)[0]
np.isclose(0.1 + 0.2, 0.3) and np.allclose([1], [1])
np.vectorize(lambda x: x * 2)(np.array([1, 2, 3]))
np.apply_along_axis(lambda r: r.max(), 1, np.eye(3))
np.where(np.isnan([1.0, np.nan]))[0].tolist()
np.flatnonzero(df['close'].values > 100).size
np.float64(3.0) + np.int64(2) + np.bool_(True) + np.float32(1)
np.array([1, 2, 3], dtype=float)[np.newaxis, :].shape
np.array(['a', 'b']).astype(object).tolist()
np.datetime64('2024-01-01') < df.index.values[0]
np.timedelta64(1, 'h') / np.timedelta64(1, 'm')
np.finfo(float).eps + np.finfo(np.float64).max
np.errstate(all='ignore') is None
np.random.RandomState(3).normal(size=2) + np.random.default_rng(3).choice([1, 2], size=2)
np.tanh(0.5) + np.arctan2(1, 2) + np.deg2rad(90) + np.hypot(3, 4)
np.ptp(df['close'].values)
np.lib.stride_tricks.sliding_window_view(df['close'].values, 5).mean(axis=1)
np.triu(np.ones((3, 3))).sum() + np.tril(np.ones((3, 3))).sum()
np.trapezoid([1, 2, 3]) + np.cross([1, 0], [0, 1]) if False else 0
np.einsum('i,i', np.ones(3), np.ones(3))
np.take(df['close'].values, [0, 1]) + np.repeat(1.0, 2) + np.tile([1.0], 2)
np.c_[df['open'], df['close']].shape + np.r_[1:3, 5].shape
np.isin([1, 2], [2]).any()
np.bincount([0, 1, 1]).argmax() + np.ceil(1.2) + np.floor(1.7) + np.rint(1.5)
isinstance(df['close'].values, np.ndarray) and isinstance(1.0, (int, float, np.floating))
isinstance(df, pd.DataFrame) and isinstance(df['close'], (pd.Series, np.ndarray))
type(df) is pd.DataFrame and type(1) == int
math.isnan(float('nan')) or math.isfinite(1) or math.exp(1) > math.log(2, 10)
math.floor(2.5) + math.ceil(2.5) + math.copysign(1, -2) + math.pi + math.tau + math.inf
ta.RSI(df['close'], 14).fillna(50)
ta.SMA(df['close'].values, timeperiod=20)[-1]
ta.EMA(df.close, timeperiod=np.int64(10)).iloc[-1]
ta.EMA(df.close, timeperiod=10.0).iloc[-1]
ta.MACD(df['close'], fastperiod=12, slowperiod=26, signalperiod=9)[2].iloc[-1]
ta.BBANDS(df['close'], timeperiod=20, nbdevup=2.0, nbdevdn=2.0, matype=0)[0]
ta.ATR(df['high'], df['low'], df['close'], timeperiod=14) / df['close']
ta.ADX(high=df['high'], low=df['low'], close=df['close'], timeperiod=14)
ta.STOCHRSI(df['close'], timeperiod=14, fastk_period=3, fastd_period=3, fastd_matype=0)[0]
ta.OBV(df['close'], df['volume'])
ta.AROON(df['high'], df['low'], timeperiod=25)
ta.CDLENGULFING(df['open'], df['high'], df['low'], df['close']) > 0
ta.LINEARREG_SLOPE(df['close'], timeperiod=14)
ta.MA(df['close'], timeperiod=30, matype=ta.MA_Type.WMA)
ta.HT_TRENDLINE(df['close'])
ta.SMA(list(df['close']), 5)[-1]
ta.SMA(df['volume'].astype(int), 5).iloc[-1]
f"{df['close'].iloc[-1]:.2f} {len(df):>5d} {0.123:.1%} {1e6:,.0f} {'x'!r} {df.shape}"
'%.2f %s %5d' % (1.5, 'a', 3) + ' '.join(['a', 'b']).upper().replace('A', 'b').strip()
'a,b'.split(',')[0].startswith('a') and 'abc'.zfill(5).endswith('c')
str(df.index[0])[:10] + repr(1.0) + format(1.234, '.2f')
sorted({'b': 1, 'a': 2}.items(), key=lambda kv: kv[1], reverse=True)[0]
max(df['close'], key=lambda v: -v) + min([1, 2], default=0) + sum(x for x in [1, 2])
list(map(lambda x: x + 1, filter(None, [0, 1, 2])))
list(zip(*[(1, 2), (3, 4)], strict=True)) + list(enumerate('ab', start=1)) + list(reversed([1]))
any(v > 0 for v in df['close']) and all(v > 0 for v in df['close'])
dict(zip(['a'], [1])) | {'b': 2}
[*range(3), *[4, 5]] + sorted(set([3, 1]) | frozenset([2]))
round(1.2345, 2) + abs(-1) + divmod(7, 3)[0] + pow(2, 3) + int('3') + float('1.5') + bool(1)
getattr(df, 'close').mean() + getattr(params, 'missing', 3) + hasattr(df, 'close')
callable(len) and isinstance(True, bool) and issubclass(bool, int)
params.get('n', 3) + len(params.keys()) + sum(params.values())
(lambda *a, **k: len(a) + len(k))(1, 2, z=3)
[x if x > 1 else -x for x in range(3) if x % 2 == 0]
(y := 3) + y
slice(1, 3) == slice(1, 3)
df['close'][-3:].tolist()[::-1]
df.close.iloc[0] if len(df) > 0 else None
not df.empty and df.close.iloc[-1] is not None
df['close'].str if False else pd.Series(['a1', 'b2']).str.extract(r'(\d)')[0].astype(int).sum()
pd.Series(['up', 'down']).map({'up': 1, 'down': -1}).sum()
pd.Series(['x']).str.contains('x', regex=False).any()
pd.Series([1, 2], index=['a', 'b']).a + pd.Series([1, 2]).iloc[0]
pd.Series([True, False]).astype(bool).idxmax()
(~(df.close > df.open)).astype(int).groupby((df.close > df.open).cumsum()).cumcount()
df.close.ffill().bfill().interpolate().rolling(3, center=True).mean()
df.close.rolling(5).mean().shift(1).gt(df.close).rolling(3).sum().eq(3)
df.close.expanding().apply(lambda s: s.mean(), raw=True)
df.close.ewm(alpha=1/14, min_periods=14, adjust=False).mean()
df.close.ewm(span=10).corr(df.open)
df.close.rolling(10).cov(df.open).iloc[-1]
df.close.tail(10).head(5).mean()
df.close.repeat(2).shape
df.close.explode().shape if False else df.close.drop_duplicates().shape
df.close.searchsorted(100.0)
df.close.factorize()[0][:3]
df.close.item if False else df.close.iloc[[0]].item()
df.close.mode().iloc[0]
df.close.update(df.open) if False else None
df.close.compare(df.open).shape
df.close.dot(df.open) > 0
df.close.unstack if False else df.close.to_period if False else 0
df.close.tz_convert('Asia/Tokyo').index.hour[0]
df.close.at_time('12:00').shape
df.close.combine(df.open, max).mean()
df.close.gt(100).astype(int).replace(1, 5).sum()
df.close.name + df.close.rename('x').name
df.close.index.equals(df.index) and df.index.inferred_freq
df.close.hasnans
""".strip().splitlines()
